/*
 * claims, scenario default: Every kind of property, held and broken
 * In scope whole: no sorts. Made by `hvcheck export --promela`.
 *
 * Count the states (Spin's transitions are one more than hvcheck's, the initial state):
 *   spin -o3 -a FILE
 *   gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000
 * Check one property, in the same way with `spin -o3 -a -DCHECK_... FILE`:
 *   -DCHECK_Small  (always)
 *   -DCHECK_Range  (always)
 *   -DCHECK_Once  (at most)
 *   -DCHECK_Twice  (at most)
 *   -DCHECK_NoS  (never)
 *   -DCHECK_Ends  (an error reaches it)
 *   -DCHECK_Dream  (an error reaches it)
 * Look for a state in which nothing can happen any more:
 *   -DCHECK_NoDeadlock  (an invalid end state breaks it): every protocol can go on until it ends
 * What must follow, with weak fairness:
 *   spin -o3 -a -DCHECK_... FILE
 *   gcc -O2 -DNOREDUCE -DNFAIR=2 -o pan pan.c && ./pan -a -f -m1000000
 *   -DCHECK_Goes  (leads to)
 *   -DCHECK_Lost  (leads to)
 * Not said in full here:
 *   NoDeadlock: that the protocol can always still go on is not a claim about single runs; only a state in which
 *     nothing at all can happen is looked for
 */
/* Values */
#define pc_P_idle 0
#define pc_P_choose_1 1
#define pc_P_B_M_2 2
#define pc_P_S_3 3
#define pc_P_B_M_4 4

#if defined(CHECK_NoDeadlock)
#define REST
#else
#define REST end:
#endif
#if defined(CHECK_Goes) || defined(CHECK_Lost)
#define LEADS_TO
#endif

/* State */
byte n = 0;  /* int 0..3 */
bool expired = false;  /* bool */
bool succeeded_P = false;  /* bool */
bool failed_P = false;  /* bool */
byte count_Once = 0;  /* int 0..2 */
byte count_Twice = 0;  /* int 0..3 */
byte pc_P = pc_P_choose_1;  /* pc.P */

/* P: choose#1 ~1 */
inline P_choose_1_1() {
	d_step {
		pc_P == pc_P_choose_1 ->
		n = 1;
		pc_P = pc_P_B_M_2;
	}
}

/* P: choose#1 ~2 */
inline P_choose_1_2() {
	d_step {
		pc_P == pc_P_choose_1 ->
		n = 2;
		pc_P = pc_P_S_3;
	}
}

/* claims.hvs:9  protocol P by A { choose { n := 1  -> B: M  -> B: M } or { n := 2  step S } } */
inline P_B_M_2_1() {
	d_step {
		pc_P == pc_P_B_M_2 ->
		n = 3;
		pc_P = pc_P_B_M_4;
		count_Once = (count_Once + 1 < 2 -> count_Once + 1 : 2);
		count_Twice = (count_Twice + 1 < 3 -> count_Twice + 1 : 3);
	}
}

/* claims.hvs:9  protocol P by A { choose { n := 1  -> B: M  -> B: M } or { n := 2  step S } } */
inline P_S_3_1() {
	d_step {
		pc_P == pc_P_S_3 ->
		succeeded_P = true;
		pc_P = pc_P_idle;
	}
}

/* claims.hvs:9  protocol P by A { choose { n := 1  -> B: M  -> B: M } or { n := 2  step S } } */
inline P_B_M_4_1() {
	d_step {
		pc_P == pc_P_B_M_4 ->
		n = 3;
		succeeded_P = true;
		pc_P = pc_P_idle;
		count_Once = (count_Once + 1 < 2 -> count_Once + 1 : 2);
		count_Twice = (count_Twice + 1 < 3 -> count_Twice + 1 : 3);
	}
}

active proctype P_process() {
REST
	do
	:: P_choose_1_1()
	:: P_choose_1_2()
	:: P_B_M_2_1()
	:: P_S_3_1()
	:: P_B_M_4_1()
	od
}

active proctype World() {
REST
	do
	/* never taken: Spin would drop from the state what nothing reads */
	:: false && n + expired + succeeded_P + failed_P == 0 -> skip
#ifdef CHECK_Small
	:: d_step { n >= 3 -> assert(false) }
#endif
#ifdef CHECK_Range
	:: d_step { n > 3 -> assert(false) }
#endif
#ifdef CHECK_Once
	:: d_step { count_Once > 1 -> assert(false) }
#endif
#ifdef CHECK_Twice
	:: d_step { count_Twice > 2 -> assert(false) }
#endif
#ifdef CHECK_NoS
	:: d_step { pc_P == pc_P_S_3 -> assert(false) }
#endif
#ifdef CHECK_Ends
	:: d_step { succeeded_P && n == 2 -> assert(false) }
#endif
#ifdef CHECK_Dream
	:: d_step { succeeded_P && n == 1 -> assert(false) }
#endif
#ifdef CHECK_NoDeadlock
	:: d_step { succeeded_P || failed_P -> skip }
#endif
#ifdef LEADS_TO
	:: d_step { true -> skip }  /* nothing need ever happen here */
#endif
	od
}

#ifdef CHECK_Goes
/* not ltl { [] (trigger -> <> answer) } */
never {
before:
	do
	:: n == 1 && (n != 3) -> goto accept_unanswered
	:: true
	od;
accept_unanswered:
	do
	:: n != 3
	od
}
#endif
#ifdef CHECK_Lost
/* not ltl { [] (trigger -> <> answer) } */
never {
before:
	do
	:: n == 2 && (n != 3) -> goto accept_unanswered
	:: true
	od;
accept_unanswered:
	do
	:: n != 3
	od
}
#endif
