------------------------------------------ MODULE backup -------------------------------------------
\* backup, scenario shallow: The model on which hvcheck is compared with other checkers
\* In scope pair: 2 VM x 2 BLOCK. Made by `hvcheck export --tla`.
\* The configuration is made by `hvcheck export --cfg`; check with `tlc2.TLC -deadlock`.
\* Not said here: NoDeadlock: that the protocol can always still go on is not a claim about single runs
EXTENDS Integers
CONSTANT none

VM == {"vm0", "vm1"}
BLOCK == {"block0", "block1"}
Disk == {"first", "second"}
Phase == {"identify", "prepare", "freeze", "attach", "checkpoint", "thaw", "report", "wait", "copy", "merge_first", "merge_second", "done"}
pc_Backup_values == {"idle", "await#1", "await#2"}

VARIABLES
  phase,  \* for each VM: Phase
  frozen,  \* for each VM: bool
  disk_base,  \* for each VM, Disk, BLOCK: int 0..3
  disk_overlay,  \* for each VM, Disk, BLOCK: int 0..3?
  disk_attached,  \* for each VM, Disk: bool
  taken,  \* for each VM, Disk, BLOCK: int 0..3
  snapped,  \* bool
  expired,  \* bool
  succeeded_Backup,  \* bool
  failed_Backup,  \* bool
  pc_Backup  \* pc.Backup
vars == <<phase, frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

Init ==
  /\ phase = [at0 \in VM |-> "identify"]
  /\ frozen = [at0 \in VM |-> FALSE]
  /\ disk_base = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> 0]
  /\ disk_overlay = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> none]
  /\ disk_attached = [at0 \in VM, at1 \in Disk |-> FALSE]
  /\ taken = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> 0]
  /\ snapped = FALSE
  /\ expired = FALSE
  /\ succeeded_Backup = FALSE
  /\ failed_Backup = FALSE
  /\ pc_Backup = "await#1"

\* Backup: await#1 ~1
Backup_await_1_1 ==
  /\ (pc_Backup = "await#1")
  /\ (\A vm \in VM : (phase[vm] = "wait"))
  /\ taken' = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> disk_base[at0, at1, at2]]
  /\ snapped' = TRUE
  /\ pc_Backup' = "await#2"
  /\ UNCHANGED <<phase, frozen, disk_base, disk_overlay, disk_attached, expired, succeeded_Backup, failed_Backup>>

\* backup.hvs:58  protocol Backup by Host {
Backup_await_2_1 ==
  /\ (pc_Backup = "await#2")
  /\ (\A vm \in VM : (phase[vm] = "done"))
  /\ succeeded_Backup' = TRUE
  /\ pc_Backup' = "idle"
  /\ UNCHANGED <<phase, frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, failed_Backup>>

\* backup.hvs:33  env Begin(vm: VM, b: BLOCK) when not frozen[vm] and closed(vm, b) and disk[vm, first].content(b) < most {
Begin_1(vm, b) ==
  /\ ~frozen[vm]
  /\ ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) = (IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]))
  /\ ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) < 1)
  /\ ((~disk_attached[vm, "first"] \/ (((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) + 1) <= 3)) /\ (disk_attached[vm, "first"] \/ (((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) + 1) <= 3)))
  /\ disk_base' = [disk_base EXCEPT ![vm, "first", b] = IF ~disk_attached[vm, "first"] THEN ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) + 1) ELSE @]
  /\ disk_overlay' = [disk_overlay EXCEPT ![vm, "first", b] = IF disk_attached[vm, "first"] THEN ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) + 1) ELSE @]
  /\ UNCHANGED <<phase, frozen, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:36  env Finish(vm: VM, b: BLOCK) when not frozen[vm] and disk[vm, second].content(b) < disk[vm, first].content(b) {
Finish_1(vm, b) ==
  /\ ~frozen[vm]
  /\ ((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) < (IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]))
  /\ ((~disk_attached[vm, "second"] \/ (((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) + 1) <= 3)) /\ (disk_attached[vm, "second"] \/ (((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) + 1) <= 3)))
  /\ disk_base' = [disk_base EXCEPT ![vm, "second", b] = IF ~disk_attached[vm, "second"] THEN ((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) + 1) ELSE @]
  /\ disk_overlay' = [disk_overlay EXCEPT ![vm, "second", b] = IF disk_attached[vm, "second"] THEN ((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) + 1) ELSE @]
  /\ UNCHANGED <<phase, frozen, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:40  env Identify(vm: VM)   when phase[vm] == identify { phase[vm] := prepare }
Identify_1(vm) ==
  /\ (phase[vm] = "identify")
  /\ phase' = [phase EXCEPT ![vm] = "prepare"]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:41  env Prepare(vm: VM)    when phase[vm] == prepare  { phase[vm] := freeze }
Prepare_1(vm) ==
  /\ (phase[vm] = "prepare")
  /\ phase' = [phase EXCEPT ![vm] = "freeze"]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:42  env Freeze(vm: VM)     when phase[vm] == freeze and (waits implies (all b: BLOCK . closed(vm, b))) {
Freeze_1(vm) ==
  /\ (phase[vm] = "freeze")
  /\ (\A b \in BLOCK : ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) = (IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b])))
  /\ phase' = [phase EXCEPT ![vm] = "attach"]
  /\ frozen' = [frozen EXCEPT ![vm] = TRUE]
  /\ UNCHANGED <<disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:45  env Attach(vm: VM)     when phase[vm] == attach {
Attach_1(vm) ==
  /\ (phase[vm] = "attach")
  /\ phase' = [phase EXCEPT ![vm] = "checkpoint"]
  /\ disk_attached' = [disk_attached EXCEPT ![vm, "first"] = TRUE, ![vm, "second"] = TRUE]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:48  env Checkpoint(vm: VM) when phase[vm] == checkpoint { phase[vm] := thaw }
Checkpoint_1(vm) ==
  /\ (phase[vm] = "checkpoint")
  /\ phase' = [phase EXCEPT ![vm] = "thaw"]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:49  env Thaw(vm: VM)       when phase[vm] == thaw     { frozen[vm] := false  phase[vm] := report }
Thaw_1(vm) ==
  /\ (phase[vm] = "thaw")
  /\ phase' = [phase EXCEPT ![vm] = "report"]
  /\ frozen' = [frozen EXCEPT ![vm] = FALSE]
  /\ UNCHANGED <<disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:50  env Report(vm: VM)     when phase[vm] == report   { phase[vm] := wait }
Report_1(vm) ==
  /\ (phase[vm] = "report")
  /\ phase' = [phase EXCEPT ![vm] = "wait"]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:51  env Wait(vm: VM)       when phase[vm] == wait and snapped { phase[vm] := copy }
Wait_1(vm) ==
  /\ (phase[vm] = "wait")
  /\ snapped
  /\ phase' = [phase EXCEPT ![vm] = "copy"]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:52  env Copy(vm: VM)       when phase[vm] == copy     { phase[vm] := merge_first }
Copy_1(vm) ==
  /\ (phase[vm] = "copy")
  /\ phase' = [phase EXCEPT ![vm] = "merge_first"]
  /\ UNCHANGED <<frozen, disk_base, disk_overlay, disk_attached, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:53  env MergeFirst(vm: VM)  when phase[vm] == merge_first  { disk[vm, first].merge()   phase[vm] := merge_second }
MergeFirst_1(vm) ==
  /\ (phase[vm] = "merge_first")
  /\ phase' = [phase EXCEPT ![vm] = "merge_second"]
  /\ disk_base' = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> (IF ((vm = at0) /\ (at1 = "first")) THEN (IF (disk_overlay[vm, "first", at2] # none) THEN disk_overlay[vm, "first", at2] ELSE disk_base[vm, "first", at2]) ELSE disk_base[at0, at1, at2])]
  /\ disk_overlay' = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> (IF ((vm = at0) /\ (at1 = "first")) THEN none ELSE disk_overlay[at0, at1, at2])]
  /\ disk_attached' = [disk_attached EXCEPT ![vm, "first"] = FALSE]
  /\ UNCHANGED <<frozen, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

\* backup.hvs:54  env MergeSecond(vm: VM) when phase[vm] == merge_second { disk[vm, second].merge()  phase[vm] := done }
MergeSecond_1(vm) ==
  /\ (phase[vm] = "merge_second")
  /\ phase' = [phase EXCEPT ![vm] = "done"]
  /\ disk_base' = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> (IF ((vm = at0) /\ (at1 = "second")) THEN (IF (disk_overlay[vm, "second", at2] # none) THEN disk_overlay[vm, "second", at2] ELSE disk_base[vm, "second", at2]) ELSE disk_base[at0, at1, at2])]
  /\ disk_overlay' = [at0 \in VM, at1 \in Disk, at2 \in BLOCK |-> (IF ((vm = at0) /\ (at1 = "second")) THEN none ELSE disk_overlay[at0, at1, at2])]
  /\ disk_attached' = [disk_attached EXCEPT ![vm, "second"] = FALSE]
  /\ UNCHANGED <<frozen, taken, snapped, expired, succeeded_Backup, failed_Backup, pc_Backup>>

Next ==
  \/ Backup_await_1_1
  \/ Backup_await_2_1
  \/ (\E vm \in VM, b \in BLOCK : Begin_1(vm, b))
  \/ (\E vm \in VM, b \in BLOCK : Finish_1(vm, b))
  \/ (\E vm \in VM : Identify_1(vm))
  \/ (\E vm \in VM : Prepare_1(vm))
  \/ (\E vm \in VM : Freeze_1(vm))
  \/ (\E vm \in VM : Attach_1(vm))
  \/ (\E vm \in VM : Checkpoint_1(vm))
  \/ (\E vm \in VM : Thaw_1(vm))
  \/ (\E vm \in VM : Report_1(vm))
  \/ (\E vm \in VM : Wait_1(vm))
  \/ (\E vm \in VM : Copy_1(vm))
  \/ (\E vm \in VM : MergeFirst_1(vm))
  \/ (\E vm \in VM : MergeSecond_1(vm))

\* What can go on for ever without being hindered goes on: of every branch by itself.
Fairness ==
  /\ WF_vars(Backup_await_1_1 \/ Backup_await_2_1)

Spec == Init /\ [][Next]_vars /\ Fairness

\* always: the snapshot holds no half transaction
Consistent == ~(~(\A vm \in VM, b \in BLOCK : (taken[vm, "first", b] = taken[vm, "second", b])))
\* cover: Done
Not_Done == ~(succeeded_Backup)
\* obligations: every storage operation has what it requires, every number stays in its range
Preconditions == ~(((\E vm \in VM, b \in BLOCK : (~frozen[vm] /\ ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) = (IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b])) /\ ((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) < 1) /\ ~((~disk_attached[vm, "first"] \/ (((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) + 1) <= 3)) /\ (disk_attached[vm, "first"] \/ (((IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b]) + 1) <= 3))))) \/ (\E vm \in VM, b \in BLOCK : (~frozen[vm] /\ ((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) < (IF (disk_overlay[vm, "first", b] # none) THEN disk_overlay[vm, "first", b] ELSE disk_base[vm, "first", b])) /\ ~((~disk_attached[vm, "second"] \/ (((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) + 1) <= 3)) /\ (disk_attached[vm, "second"] \/ (((IF (disk_overlay[vm, "second", b] # none) THEN disk_overlay[vm, "second", b] ELSE disk_base[vm, "second", b]) + 1) <= 3)))))))
====================================================================================================
