/*
 * backup, scenario shallow: The model on which hvcheck is compared with other checkers
 * In scope pair: 2 VM x 2 BLOCK. Made by `hvcheck export --promela`.
 *
 * Count the states (Spin's transitions are one more than hvcheck's, the initial state):
 *   spin -o3 -a FILE
 *   gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000
 * Check one property, in the same way with `spin -o3 -a -DCHECK_... FILE`:
 *   -DCHECK_Consistent  (always): the snapshot holds no half transaction
 *   -DCHECK_Done  (an error reaches it)
 *   -DCHECK_Preconditions  (obligations): every storage operation has what it requires, every number stays in
 *     its range
 * Look for a state in which nothing can happen any more:
 *   -DCHECK_NoDeadlock  (an invalid end state breaks it): every protocol can go on until it ends
 * Not said in full here:
 *   NoDeadlock: that the protocol can always still go on is not a claim about single runs; only a state in which
 *     nothing at all can happen is looked for
 */
/* Values */
#define Phase_identify 0
#define Phase_prepare 1
#define Phase_freeze 2
#define Phase_attach 3
#define Phase_checkpoint 4
#define Phase_thaw 5
#define Phase_report 6
#define Phase_wait 7
#define Phase_copy 8
#define Phase_merge_first 9
#define Phase_merge_second 10
#define Phase_done 11
#define Disk_first 0
#define Disk_second 1
#define pc_Backup_idle 0
#define pc_Backup_await_1 1
#define pc_Backup_await_2 2
#define no_int_0_3 4

#if defined(CHECK_NoDeadlock)
#define REST
#else
#define REST end:
#endif

/* State */
byte phase[2] = Phase_identify;  /* for each VM: Phase */
bool frozen[2] = false;  /* for each VM: bool */
#define disk_base(a, b, c) disk_base_cells[((a) * 2 + (b)) * 2 + (c)]
byte disk_base_cells[8] = 0;  /* for each VM, Disk, BLOCK: int 0..3 */
#define disk_overlay(a, b, c) disk_overlay_cells[((a) * 2 + (b)) * 2 + (c)]
byte disk_overlay_cells[8] = no_int_0_3;  /* for each VM, Disk, BLOCK: int 0..3? */
#define disk_attached(a, b) disk_attached_cells[(a) * 2 + (b)]
bool disk_attached_cells[4] = false;  /* for each VM, Disk: bool */
#define taken(a, b, c) taken_cells[((a) * 2 + (b)) * 2 + (c)]
byte taken_cells[8] = 0;  /* for each VM, Disk, BLOCK: int 0..3 */
bool snapped = false;  /* bool */
bool expired = false;  /* bool */
bool succeeded_Backup = false;  /* bool */
bool failed_Backup = false;  /* bool */
byte pc_Backup = pc_Backup_await_1;  /* pc.Backup */
hidden int aside1;  /* not part of the state */

/* Backup: await#1 ~1 */
inline Backup_await_1_1() {
	d_step {
		pc_Backup == pc_Backup_await_1 &&
		phase[0] == Phase_wait &&
		phase[1] == Phase_wait ->
		taken(0, Disk_first, 0) = disk_base(0, Disk_first, 0);
		taken(0, Disk_first, 1) = disk_base(0, Disk_first, 1);
		taken(0, Disk_second, 0) = disk_base(0, Disk_second, 0);
		taken(0, Disk_second, 1) = disk_base(0, Disk_second, 1);
		taken(1, Disk_first, 0) = disk_base(1, Disk_first, 0);
		taken(1, Disk_first, 1) = disk_base(1, Disk_first, 1);
		taken(1, Disk_second, 0) = disk_base(1, Disk_second, 0);
		taken(1, Disk_second, 1) = disk_base(1, Disk_second, 1);
		snapped = true;
		pc_Backup = pc_Backup_await_2;
	}
}

/* backup.hvs:58  protocol Backup by Host { */
inline Backup_await_2_1() {
	d_step {
		pc_Backup == pc_Backup_await_2 &&
		phase[0] == Phase_done &&
		phase[1] == Phase_done ->
		succeeded_Backup = true;
		pc_Backup = pc_Backup_idle;
	}
}

/* backup.hvs:33  env Begin(vm: VM, b: BLOCK) when not frozen[vm] and closed(vm, b) and disk[vm, first].content(b) < most { */
inline Begin_1(vm, b) {
	d_step {
		!frozen[vm] &&
		(disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) == (disk_overlay(vm, Disk_second, b) != no_int_0_3 -> disk_overlay(vm, Disk_second, b) : disk_base(vm, Disk_second, b)) &&
		(disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) < 1 &&
		(!disk_attached(vm, Disk_first) || (disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) + 1 <= 3) &&
		(disk_attached(vm, Disk_first) || (disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) + 1 <= 3) ->
		aside1 = (disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) + 1;
		disk_overlay(vm, Disk_first, b) = (disk_attached(vm, Disk_first) -> (disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) + 1 : disk_overlay(vm, Disk_first, b));
		disk_base(vm, Disk_first, b) = (!disk_attached(vm, Disk_first) -> aside1 : disk_base(vm, Disk_first, b));
	}
}

/* backup.hvs:36  env Finish(vm: VM, b: BLOCK) when not frozen[vm] and disk[vm, second].content(b) < disk[vm, first].content(b) { */
inline Finish_1(vm, b) {
	d_step {
		!frozen[vm] &&
		(disk_overlay(vm, Disk_second, b) != no_int_0_3 -> disk_overlay(vm, Disk_second, b) : disk_base(vm, Disk_second, b)) < (disk_overlay(vm, Disk_first, b) != no_int_0_3 -> disk_overlay(vm, Disk_first, b) : disk_base(vm, Disk_first, b)) &&
		(!disk_attached(vm, Disk_second) || (disk_overlay(vm, Disk_second, b) != no_int_0_3 -> disk_overlay(vm, Disk_second, b) : disk_base(vm, Disk_second, b)) + 1 <= 3) &&
		(disk_attached(vm, Disk_second) || (disk_overlay(vm, Disk_second, b) != no_int_0_3 -> disk_overlay(vm, Disk_second, b) : disk_base(vm, Disk_second, b)) + 1 <= 3) ->
		aside1 = (disk_overlay(vm, Disk_second, b) != no_int_0_3 -> disk_overlay(vm, Disk_second, b) : disk_base(vm, Disk_second, b)) + 1;
		disk_overlay(vm, Disk_second, b) = (disk_attached(vm, Disk_second) -> (disk_overlay(vm, Disk_second, b) != no_int_0_3 -> disk_overlay(vm, Disk_second, b) : disk_base(vm, Disk_second, b)) + 1 : disk_overlay(vm, Disk_second, b));
		disk_base(vm, Disk_second, b) = (!disk_attached(vm, Disk_second) -> aside1 : disk_base(vm, Disk_second, b));
	}
}

/* backup.hvs:40  env Identify(vm: VM)   when phase[vm] == identify { phase[vm] := prepare } */
inline Identify_1(vm) {
	d_step {
		phase[vm] == Phase_identify ->
		phase[vm] = Phase_prepare;
	}
}

/* backup.hvs:41  env Prepare(vm: VM)    when phase[vm] == prepare  { phase[vm] := freeze } */
inline Prepare_1(vm) {
	d_step {
		phase[vm] == Phase_prepare ->
		phase[vm] = Phase_freeze;
	}
}

/* backup.hvs:42  env Freeze(vm: VM)     when phase[vm] == freeze and (waits implies (all b: BLOCK . closed(vm, b))) { */
inline Freeze_1(vm) {
	d_step {
		phase[vm] == Phase_freeze &&
		(disk_overlay(vm, Disk_first, 0) != no_int_0_3 -> disk_overlay(vm, Disk_first, 0) : disk_base(vm, Disk_first, 0)) == (disk_overlay(vm, Disk_second, 0) != no_int_0_3 -> disk_overlay(vm, Disk_second, 0) : disk_base(vm, Disk_second, 0)) &&
		(disk_overlay(vm, Disk_first, 1) != no_int_0_3 -> disk_overlay(vm, Disk_first, 1) : disk_base(vm, Disk_first, 1)) == (disk_overlay(vm, Disk_second, 1) != no_int_0_3 -> disk_overlay(vm, Disk_second, 1) : disk_base(vm, Disk_second, 1)) ->
		frozen[vm] = true;
		phase[vm] = Phase_attach;
	}
}

/* backup.hvs:45  env Attach(vm: VM)     when phase[vm] == attach { */
inline Attach_1(vm) {
	d_step {
		phase[vm] == Phase_attach ->
		disk_attached(vm, Disk_first) = true;
		disk_attached(vm, Disk_second) = true;
		phase[vm] = Phase_checkpoint;
	}
}

/* backup.hvs:48  env Checkpoint(vm: VM) when phase[vm] == checkpoint { phase[vm] := thaw } */
inline Checkpoint_1(vm) {
	d_step {
		phase[vm] == Phase_checkpoint ->
		phase[vm] = Phase_thaw;
	}
}

/* backup.hvs:49  env Thaw(vm: VM)       when phase[vm] == thaw     { frozen[vm] := false  phase[vm] := report } */
inline Thaw_1(vm) {
	d_step {
		phase[vm] == Phase_thaw ->
		frozen[vm] = false;
		phase[vm] = Phase_report;
	}
}

/* backup.hvs:50  env Report(vm: VM)     when phase[vm] == report   { phase[vm] := wait } */
inline Report_1(vm) {
	d_step {
		phase[vm] == Phase_report ->
		phase[vm] = Phase_wait;
	}
}

/* backup.hvs:51  env Wait(vm: VM)       when phase[vm] == wait and snapped { phase[vm] := copy } */
inline Wait_1(vm) {
	d_step {
		phase[vm] == Phase_wait &&
		snapped ->
		phase[vm] = Phase_copy;
	}
}

/* backup.hvs:52  env Copy(vm: VM)       when phase[vm] == copy     { phase[vm] := merge_first } */
inline Copy_1(vm) {
	d_step {
		phase[vm] == Phase_copy ->
		phase[vm] = Phase_merge_first;
	}
}

/* backup.hvs:53  env MergeFirst(vm: VM)  when phase[vm] == merge_first  { disk[vm, first].merge()   phase[vm] := merge_second } */
inline MergeFirst_1(vm) {
	d_step {
		phase[vm] == Phase_merge_first ->
		disk_base(vm, Disk_first, 0) = (disk_overlay(vm, Disk_first, 0) != no_int_0_3 -> disk_overlay(vm, Disk_first, 0) : disk_base(vm, Disk_first, 0));
		disk_base(vm, Disk_first, 1) = (disk_overlay(vm, Disk_first, 1) != no_int_0_3 -> disk_overlay(vm, Disk_first, 1) : disk_base(vm, Disk_first, 1));
		disk_overlay(vm, Disk_first, 0) = no_int_0_3;
		disk_overlay(vm, Disk_first, 1) = no_int_0_3;
		disk_attached(vm, Disk_first) = false;
		phase[vm] = Phase_merge_second;
	}
}

/* backup.hvs:54  env MergeSecond(vm: VM) when phase[vm] == merge_second { disk[vm, second].merge()  phase[vm] := done } */
inline MergeSecond_1(vm) {
	d_step {
		phase[vm] == Phase_merge_second ->
		disk_base(vm, Disk_second, 0) = (disk_overlay(vm, Disk_second, 0) != no_int_0_3 -> disk_overlay(vm, Disk_second, 0) : disk_base(vm, Disk_second, 0));
		disk_base(vm, Disk_second, 1) = (disk_overlay(vm, Disk_second, 1) != no_int_0_3 -> disk_overlay(vm, Disk_second, 1) : disk_base(vm, Disk_second, 1));
		disk_overlay(vm, Disk_second, 0) = no_int_0_3;
		disk_overlay(vm, Disk_second, 1) = no_int_0_3;
		disk_attached(vm, Disk_second) = false;
		phase[vm] = Phase_done;
	}
}

active proctype Backup_process() {
REST
	do
	:: Backup_await_1_1()
	:: Backup_await_2_1()
	od
}

active proctype World() {
REST
	do
	:: Begin_1(0, 0)
	:: Begin_1(0, 1)
	:: Begin_1(1, 0)
	:: Begin_1(1, 1)
	:: Finish_1(0, 0)
	:: Finish_1(0, 1)
	:: Finish_1(1, 0)
	:: Finish_1(1, 1)
	:: Identify_1(0)
	:: Identify_1(1)
	:: Prepare_1(0)
	:: Prepare_1(1)
	:: Freeze_1(0)
	:: Freeze_1(1)
	:: Attach_1(0)
	:: Attach_1(1)
	:: Checkpoint_1(0)
	:: Checkpoint_1(1)
	:: Thaw_1(0)
	:: Thaw_1(1)
	:: Report_1(0)
	:: Report_1(1)
	:: Wait_1(0)
	:: Wait_1(1)
	:: Copy_1(0)
	:: Copy_1(1)
	:: MergeFirst_1(0)
	:: MergeFirst_1(1)
	:: MergeSecond_1(0)
	:: MergeSecond_1(1)
	/* never taken: Spin would drop from the state what nothing reads */
	:: false && taken(0, 0, 0) + expired + succeeded_Backup + failed_Backup == 0 -> skip
#ifdef CHECK_Consistent
	:: d_step { !(taken(0, Disk_first, 0) == taken(0, Disk_second, 0) && taken(0, Disk_first, 1) == taken(0, Disk_second, 1) && taken(1, Disk_first, 0) == taken(1, Disk_second, 0) && taken(1, Disk_first, 1) == taken(1, Disk_second, 1)) -> assert(false) }
#endif
#ifdef CHECK_Done
	:: d_step { succeeded_Backup -> assert(false) }
#endif
#ifdef CHECK_Preconditions
	:: d_step { !frozen[0] && (disk_overlay(0, Disk_first, 0) != no_int_0_3 -> disk_overlay(0, Disk_first, 0) : disk_base(0, Disk_first, 0)) == (disk_overlay(0, Disk_second, 0) != no_int_0_3 -> disk_overlay(0, Disk_second, 0) : disk_base(0, Disk_second, 0)) && (disk_overlay(0, Disk_first, 0) != no_int_0_3 -> disk_overlay(0, Disk_first, 0) : disk_base(0, Disk_first, 0)) < 1 && !((!disk_attached(0, Disk_first) || (disk_overlay(0, Disk_first, 0) != no_int_0_3 -> disk_overlay(0, Disk_first, 0) : disk_base(0, Disk_first, 0)) + 1 <= 3) && (disk_attached(0, Disk_first) || (disk_overlay(0, Disk_first, 0) != no_int_0_3 -> disk_overlay(0, Disk_first, 0) : disk_base(0, Disk_first, 0)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[0] && (disk_overlay(0, Disk_first, 1) != no_int_0_3 -> disk_overlay(0, Disk_first, 1) : disk_base(0, Disk_first, 1)) == (disk_overlay(0, Disk_second, 1) != no_int_0_3 -> disk_overlay(0, Disk_second, 1) : disk_base(0, Disk_second, 1)) && (disk_overlay(0, Disk_first, 1) != no_int_0_3 -> disk_overlay(0, Disk_first, 1) : disk_base(0, Disk_first, 1)) < 1 && !((!disk_attached(0, Disk_first) || (disk_overlay(0, Disk_first, 1) != no_int_0_3 -> disk_overlay(0, Disk_first, 1) : disk_base(0, Disk_first, 1)) + 1 <= 3) && (disk_attached(0, Disk_first) || (disk_overlay(0, Disk_first, 1) != no_int_0_3 -> disk_overlay(0, Disk_first, 1) : disk_base(0, Disk_first, 1)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[1] && (disk_overlay(1, Disk_first, 0) != no_int_0_3 -> disk_overlay(1, Disk_first, 0) : disk_base(1, Disk_first, 0)) == (disk_overlay(1, Disk_second, 0) != no_int_0_3 -> disk_overlay(1, Disk_second, 0) : disk_base(1, Disk_second, 0)) && (disk_overlay(1, Disk_first, 0) != no_int_0_3 -> disk_overlay(1, Disk_first, 0) : disk_base(1, Disk_first, 0)) < 1 && !((!disk_attached(1, Disk_first) || (disk_overlay(1, Disk_first, 0) != no_int_0_3 -> disk_overlay(1, Disk_first, 0) : disk_base(1, Disk_first, 0)) + 1 <= 3) && (disk_attached(1, Disk_first) || (disk_overlay(1, Disk_first, 0) != no_int_0_3 -> disk_overlay(1, Disk_first, 0) : disk_base(1, Disk_first, 0)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[1] && (disk_overlay(1, Disk_first, 1) != no_int_0_3 -> disk_overlay(1, Disk_first, 1) : disk_base(1, Disk_first, 1)) == (disk_overlay(1, Disk_second, 1) != no_int_0_3 -> disk_overlay(1, Disk_second, 1) : disk_base(1, Disk_second, 1)) && (disk_overlay(1, Disk_first, 1) != no_int_0_3 -> disk_overlay(1, Disk_first, 1) : disk_base(1, Disk_first, 1)) < 1 && !((!disk_attached(1, Disk_first) || (disk_overlay(1, Disk_first, 1) != no_int_0_3 -> disk_overlay(1, Disk_first, 1) : disk_base(1, Disk_first, 1)) + 1 <= 3) && (disk_attached(1, Disk_first) || (disk_overlay(1, Disk_first, 1) != no_int_0_3 -> disk_overlay(1, Disk_first, 1) : disk_base(1, Disk_first, 1)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[0] && (disk_overlay(0, Disk_second, 0) != no_int_0_3 -> disk_overlay(0, Disk_second, 0) : disk_base(0, Disk_second, 0)) < (disk_overlay(0, Disk_first, 0) != no_int_0_3 -> disk_overlay(0, Disk_first, 0) : disk_base(0, Disk_first, 0)) && !((!disk_attached(0, Disk_second) || (disk_overlay(0, Disk_second, 0) != no_int_0_3 -> disk_overlay(0, Disk_second, 0) : disk_base(0, Disk_second, 0)) + 1 <= 3) && (disk_attached(0, Disk_second) || (disk_overlay(0, Disk_second, 0) != no_int_0_3 -> disk_overlay(0, Disk_second, 0) : disk_base(0, Disk_second, 0)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[0] && (disk_overlay(0, Disk_second, 1) != no_int_0_3 -> disk_overlay(0, Disk_second, 1) : disk_base(0, Disk_second, 1)) < (disk_overlay(0, Disk_first, 1) != no_int_0_3 -> disk_overlay(0, Disk_first, 1) : disk_base(0, Disk_first, 1)) && !((!disk_attached(0, Disk_second) || (disk_overlay(0, Disk_second, 1) != no_int_0_3 -> disk_overlay(0, Disk_second, 1) : disk_base(0, Disk_second, 1)) + 1 <= 3) && (disk_attached(0, Disk_second) || (disk_overlay(0, Disk_second, 1) != no_int_0_3 -> disk_overlay(0, Disk_second, 1) : disk_base(0, Disk_second, 1)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[1] && (disk_overlay(1, Disk_second, 0) != no_int_0_3 -> disk_overlay(1, Disk_second, 0) : disk_base(1, Disk_second, 0)) < (disk_overlay(1, Disk_first, 0) != no_int_0_3 -> disk_overlay(1, Disk_first, 0) : disk_base(1, Disk_first, 0)) && !((!disk_attached(1, Disk_second) || (disk_overlay(1, Disk_second, 0) != no_int_0_3 -> disk_overlay(1, Disk_second, 0) : disk_base(1, Disk_second, 0)) + 1 <= 3) && (disk_attached(1, Disk_second) || (disk_overlay(1, Disk_second, 0) != no_int_0_3 -> disk_overlay(1, Disk_second, 0) : disk_base(1, Disk_second, 0)) + 1 <= 3)) -> assert(false) }
	:: d_step { !frozen[1] && (disk_overlay(1, Disk_second, 1) != no_int_0_3 -> disk_overlay(1, Disk_second, 1) : disk_base(1, Disk_second, 1)) < (disk_overlay(1, Disk_first, 1) != no_int_0_3 -> disk_overlay(1, Disk_first, 1) : disk_base(1, Disk_first, 1)) && !((!disk_attached(1, Disk_second) || (disk_overlay(1, Disk_second, 1) != no_int_0_3 -> disk_overlay(1, Disk_second, 1) : disk_base(1, Disk_second, 1)) + 1 <= 3) && (disk_attached(1, Disk_second) || (disk_overlay(1, Disk_second, 1) != no_int_0_3 -> disk_overlay(1, Disk_second, 1) : disk_base(1, Disk_second, 1)) + 1 <= 3)) -> assert(false) }
#endif
#ifdef CHECK_NoDeadlock
	:: d_step { succeeded_Backup || failed_Backup -> skip }
#endif
#ifdef LEADS_TO
	:: d_step { true -> skip }  /* nothing need ever happen here */
#endif
	od
}

