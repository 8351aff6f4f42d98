------------------------------------------ MODULE claims -------------------------------------------
\* claims, scenario default: Every kind of property, held and broken
\* In scope whole: no sorts. Made by `hvcheck export --tla`.
\* The configuration is made by `hvcheck export --cfg`; check with `tlc2.TLC -deadlock`.
\* Not said here: NoDeadlock: that the protocol can always still go on is not a claim about single runs
EXTENDS Integers
CONSTANT none

pc_P_values == {"idle", "choose#1", "B.M#2", "S#3", "B.M#4"}

VARIABLES
  n,  \* int 0..3
  expired,  \* bool
  succeeded_P,  \* bool
  failed_P,  \* bool
  count_Once,  \* int 0..2
  count_Twice,  \* int 0..3
  pc_P  \* pc.P
vars == <<n, expired, succeeded_P, failed_P, count_Once, count_Twice, pc_P>>

Init ==
  /\ n = 0
  /\ expired = FALSE
  /\ succeeded_P = FALSE
  /\ failed_P = FALSE
  /\ count_Once = 0
  /\ count_Twice = 0
  /\ pc_P = "choose#1"

\* P: choose#1 ~1
P_choose_1_1 ==
  /\ (pc_P = "choose#1")
  /\ n' = 1
  /\ pc_P' = "B.M#2"
  /\ UNCHANGED <<expired, succeeded_P, failed_P, count_Once, count_Twice>>

\* P: choose#1 ~2
P_choose_1_2 ==
  /\ (pc_P = "choose#1")
  /\ n' = 2
  /\ pc_P' = "S#3"
  /\ UNCHANGED <<expired, succeeded_P, failed_P, count_Once, count_Twice>>

\* claims.hvs:9  protocol P by A { choose { n := 1  -> B: M  -> B: M } or { n := 2  step S } }
P_B_M_2_1 ==
  /\ (pc_P = "B.M#2")
  /\ n' = 3
  /\ count_Once' = (IF ((count_Once + 1) < 2) THEN (count_Once + 1) ELSE 2)
  /\ count_Twice' = (IF ((count_Twice + 1) < 3) THEN (count_Twice + 1) ELSE 3)
  /\ pc_P' = "B.M#4"
  /\ UNCHANGED <<expired, succeeded_P, failed_P>>

\* claims.hvs:9  protocol P by A { choose { n := 1  -> B: M  -> B: M } or { n := 2  step S } }
P_S_3_1 ==
  /\ (pc_P = "S#3")
  /\ succeeded_P' = TRUE
  /\ pc_P' = "idle"
  /\ UNCHANGED <<n, expired, failed_P, count_Once, count_Twice>>

\* claims.hvs:9  protocol P by A { choose { n := 1  -> B: M  -> B: M } or { n := 2  step S } }
P_B_M_4_1 ==
  /\ (pc_P = "B.M#4")
  /\ n' = 3
  /\ succeeded_P' = TRUE
  /\ count_Once' = (IF ((count_Once + 1) < 2) THEN (count_Once + 1) ELSE 2)
  /\ count_Twice' = (IF ((count_Twice + 1) < 3) THEN (count_Twice + 1) ELSE 3)
  /\ pc_P' = "idle"
  /\ UNCHANGED <<expired, failed_P>>

Next ==
  \/ P_choose_1_1
  \/ P_choose_1_2
  \/ P_B_M_2_1
  \/ P_S_3_1
  \/ P_B_M_4_1

\* What can go on for ever without being hindered goes on: of every branch by itself.
Fairness ==
  /\ WF_vars(P_choose_1_1 \/ P_choose_1_2 \/ P_B_M_2_1 \/ P_S_3_1 \/ P_B_M_4_1)

Spec == Init /\ [][Next]_vars /\ Fairness

\* always: Small
Small == ~(~(n < 3))
\* always: Range
Range == ~(~(n <= 3))
\* at most: Once
Once == ~(~(count_Once <= 1))
\* at most: Twice
Twice == ~(~(count_Twice <= 2))
\* never: NoS
NoS == ~((pc_P = "S#3"))
\* cover: Ends
Not_Ends == ~((succeeded_P /\ (n = 2)))
\* cover: Dream
Not_Dream == ~((succeeded_P /\ (n = 1)))
\* leads to: Goes
Goes == ((n = 1)) ~> ((n = 3))
\* leads to: Lost
Lost == ((n = 2)) ~> ((n = 3))
====================================================================================================
