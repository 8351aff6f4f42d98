;; The search kernel. `kernel.py` fills in what is in braces and puts the functions of the system beside it.
;;
;; Memories (each grows by itself, and only when the caller makes it):
;;   $scratch  tables, switches, counts, notes, and the records of a batch
;;   $table    open addressing; a slot is 0, or 28 bits of a state's hash above its number plus one
;;   $arena    the words of each state, in the order in which they were found: breadth first
;;   $parents  for each state the number of the one it was first reached from (32 bits; -1 for the first state)
;;   $edges    what `list_edges` was asked for
;;
;; A record is {words} words of a state, the number of the step (i32), the address of what `list_edges` tells of it (i32),
;; the hash (i64) and the slot first looked at (i64).
;;
;; No call is made for a record unless its state is new and goals are looked for: wasmtime does not inline calls.

(global $broken (export "broken") (mut i32) (i32.const 0))    ;; how many of its steps break an obligation
(global $triples (export "triples") (mut i32) (i32.const 0))  ;; in $edges
(global $urgent (mut i32) (i32.const 0))    ;; a note that the caller wants to see soon was made
(global $notes (export "notes") (mut i32) (i32.const 0))      ;; notes made since the caller took them
(global $goals (export "goals") (mut i32) (i32.const 1))      ;; 0: no goal is left to be looked for
(global $states (export "states") (mut i32) (i32.const 0))    ;; states found
(global $head (export "head") (mut i32) (i32.const 0))        ;; states expanded
(global $room (export "room") (mut i32) (i32.const 0))        ;; states that $arena and $parents can hold
(global $mask (export "mask") (mut i32) (i32.const 0))        ;; slots of $table, less one

;; ---- what the functions of the system call, besides `runtime.wat`

;; Tell the caller that switch `which` was met at a state. Notes are pairs of 32-bit numbers.
(func $note (param $which i32) (param $number i32)
  (local $at i32)
  (local.set $at (i32.shl (global.get $notes) (i32.const 3)))
  (i32.store $scratch offset={notes} (local.get $at) (local.get $which))
  (i32.store $scratch offset={notes_state} (local.get $at) (local.get $number))
  (global.set $notes (i32.add (global.get $notes) (i32.const 1))))

;; The same for what is looked for once: the switch goes off.
(func $met (param $which i32)
  (if (i32.load8_u $scratch offset={switches} (local.get $which)) (then
    (i32.store8 $scratch offset={switches} (local.get $which) (i32.const 0))
    (global.set $urgent (i32.const 1))
    (call $note (local.get $which) (global.get $current)))))

;; An action that is looked for can be taken.
(func $taken (param $action i32)
  (call $met (i32.add (local.get $action) (i32.const {first_action}))))

;; A step breaks an obligation: it counts as enabled, and leads nowhere.
(func $breach (param $step i32)
  (call $count (local.get $step))
  (i32.store $scratch offset={broken} (i32.shl (global.get $broken) (i32.const 2)) (local.get $step))
  (global.set $broken (i32.add (global.get $broken) (i32.const 1)))
  (call $met (i32.const {breach})))

(func $count (param $step i32)
  (local $at i32)
  (local.set $at (i32.shl (local.get $step) (i32.const 3)))
  (i64.store $scratch offset={counts} (local.get $at)
    (i64.add (i64.load $scratch offset={counts} (local.get $at)) (i64.const 1))))

;; ---- the table

;; Whether a record and a state have the same words.
(func $same (param $record i32) (param $at i32) (result i32)
{same})

;; Enter all states into a table of so many slots (a power of two), which the caller has made room for.
(func (export "rehash") (param $slots i32)
  (local $number i32) (local $at i32) (local $h i64) (local $j i32)
  ;; Beyond the slots that there were, memory is fresh and so zero.
  (if (global.get $mask)
    (then (memory.fill $table (i32.const 0) (i32.const 0) (i32.shl (i32.add (global.get $mask) (i32.const 1)) (i32.const 3)))))
  (global.set $mask (i32.sub (local.get $slots) (i32.const 1)))
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $number) (global.get $states)))
{hash_state}
    (local.set $at (i32.add (local.get $at) (i32.const {state})))
    (local.set $j (i32.and (i32.wrap_i64 (local.get $h)) (global.get $mask)))
    (block $free (loop $probe
      (br_if $free (i64.eqz (i64.load $table (i32.shl (local.get $j) (i32.const 3)))))
      (local.set $j (i32.and (i32.add (local.get $j) (i32.const 1)) (global.get $mask)))
      (br $probe)))
    (local.set $number (i32.add (local.get $number) (i32.const 1)))
    (i64.store $table (i32.shl (local.get $j) (i32.const 3))
      (i64.or (i64.and (local.get $h) (i64.const 0xfffffff000000000)) (i64.extend_i32_u (local.get $number))))
    (br $next))))

;; The number of the state whose words are at an address of $scratch, where a whole record has room; or -1.
(func (export "lookup") (param $record i32) (result i32) (local $h i64)
{hash_record}
  (i64.store $scratch offset={record_hash} (local.get $record) (local.get $h))
  (call $find (local.get $record)))

;; The number of the state with the words of a record, which has its hash; or -1.
(func $find (param $record i32) (result i32)
  (local $h i64) (local $j i32) (local $slot i64) (local $at i32)
  (local.set $h (i64.load $scratch offset={record_hash} (local.get $record)))
  (local.set $j (i32.and (i32.wrap_i64 (local.get $h)) (global.get $mask)))
  (loop $probe
    (local.set $slot (i64.load $table (i32.shl (local.get $j) (i32.const 3))))
    (if (i64.eqz (local.get $slot)) (then (return (i32.const -1))))
    (if (i64.eqz (i64.shr_u (i64.xor (local.get $slot) (local.get $h)) (i64.const 36))) (then
      (local.set $at {state_of})
      (if {is_same}
        (then (return (i32.sub (i32.wrap_i64 (local.get $slot)) (i32.const 1)))))))
    (local.set $j (i32.and (i32.add (local.get $j) (i32.const 1)) (global.get $mask)))
    (br $probe))
  (unreachable))

;; Count the records of a batch, and make each a state if it is none yet. The batch has the successors of the states
;; from `parent` up to `last`; for each of these $scratch says where its records end.
(func $enter (param $parent i32) (param $last i32)
  (local $record i32) (local $end i32) (local $ends i32) (local $states i32) (local $mask i32)
  (local $h i64) (local $j i32) (local $slot i64) (local $at i32)
  (local.set $record (i32.const {records}))
  (local.set $ends (i32.const {ends}))
  (local.set $states (global.get $states))
  (local.set $mask (global.get $mask))
  (loop $state
    (local.set $end (i32.load $scratch (local.get $ends)))
    (block $entered (loop $next
      (br_if $entered (i32.ge_u (local.get $record) (local.get $end)))
      (local.set $at (i32.shl (i32.load $scratch offset={record_step} (local.get $record)) (i32.const 3)))
      (i64.store $scratch offset={counts} (local.get $at)
        (i64.add (i64.load $scratch offset={counts} (local.get $at)) (i64.const 1)))
      (local.set $h (i64.load $scratch offset={record_hash} (local.get $record)))
      (local.set $j (i32.and (i32.wrap_i64 (local.get $h)) (local.get $mask)))
      (block $known
        (block $new (loop $probe
          (local.set $slot (i64.load $table (i32.shl (local.get $j) (i32.const 3))))
          (br_if $new (i64.eqz (local.get $slot)))
          (if (i64.eqz (i64.shr_u (i64.xor (local.get $slot) (local.get $h)) (i64.const 36))) (then
            (local.set $at {state_of})
            (br_if $known {is_same})))
          (local.set $j (i32.and (i32.add (local.get $j) (i32.const 1)) (local.get $mask)))
          (br $probe)))
        (local.set $at (i32.mul (local.get $states) (i32.const {state})))
{copy}
        (i32.store $parents (i32.shl (local.get $states) (i32.const 2)) (local.get $parent))
        (if (global.get $goals) (then
          (global.set $current (local.get $states))
          (call $arrived (local.get $at))))
        (local.set $states (i32.add (local.get $states) (i32.const 1)))
        (i64.store $table (i32.shl (local.get $j) (i32.const 3))
          (i64.or (i64.and (local.get $h) (i64.const 0xfffffff000000000)) (i64.extend_i32_u (local.get $states)))))
      (local.set $record (i32.add (local.get $record) (i32.const {record})))
      (br $next)))
    (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
    (local.set $parent (i32.add (local.get $parent) (i32.const 1)))
    (br_if $state (i32.lt_u (local.get $parent) (local.get $last))))
  (global.set $states (local.get $states)))

;; ---- the search

;; Begin with the state that the caller has put first in $arena, and a table of so many slots.
(func (export "begin")
  (global.set $states (i32.const 1))
  (global.set $current (i32.const 0))
  (i32.store $parents (i32.const 0) (i32.const -1))
  (call $arrived (i32.const 0)))

;; Write the records of a state's successors to an address, those of protocol steps first; gives the end.
(func $records (param $number i32) (param $out i32) (result i32)
  (local $at i32) (local $middle i32)
  (local.set $at (i32.mul (local.get $number) (i32.const {state})))
  (global.set $current (local.get $number))
  (global.set $broken (i32.const 0))
  (local.set $middle (call $protocol_steps (local.get $at) (local.get $out)))
  (local.set $out (i32.sub (local.get $middle) (local.get $out)))
  (local.set $middle (call $other_steps (local.get $at) (local.get $middle)))
  (if (i32.eqz (i32.or (local.get $out) (global.get $broken))) (then (call $waiting (local.get $at))))
  (local.get $middle))

;; For other kernels and for the caller: the records of one state's successors from the address {records} on;
;; the result is the end. The numbers of `broken` further steps, which break an obligation, are at the address {broken}.
(func (export "successors") (param $number i32) (result i32)
  (call $records (local.get $number) (i32.const {records})))

;; For the profile: expand the states from one number up to another once more, in batches of so many, and forget what came
;; out. To be called with all switches off; steps that break an obligation are counted again.
(func (export "expand_again") (param $number i32) (param $end i32) (param $size i32)
  (local $out i32) (local $left i32)
  (block $done (loop $batch
    (local.set $out (i32.const {records}))
    (local.set $left (local.get $size))
    (loop $next
      (br_if $done (i32.ge_u (local.get $number) (local.get $end)))
      (local.set $out (call $records (local.get $number) (local.get $out)))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    (br $batch))))

;; Hash the records of a batch. The slots are read before any is needed, and then the states that they name, so that
;; waits for memory overlap.
(func $fetch (param $end i32)
  (local $from i32) (local $h i64) (local $sum i64) (local $at i32) (local $slot i64) (local $mask i32)
  (local.set $mask (global.get $mask))
  (local.set $from (i32.const {records}))
  (block $hashed (loop $next
    (br_if $hashed (i32.ge_u (local.get $from) (local.get $end)))
    {canonical}
{hash_from}
    (i64.store $scratch offset={record_hash} (local.get $from) (local.get $h))
    (i64.store $scratch offset={record_slot} (local.get $from)
      (i64.load $table (i32.shl (i32.and (i32.wrap_i64 (local.get $h)) (local.get $mask)) (i32.const 3))))
    (local.set $from (i32.add (local.get $from) (i32.const {record})))
    (br $next)))
  (local.set $from (i32.const {records}))
  (block $touched (loop $next
    (br_if $touched (i32.ge_u (local.get $from) (local.get $end)))
    (local.set $slot (i64.load $scratch offset={record_slot} (local.get $from)))
    (local.set $h (i64.load $scratch offset={record_hash} (local.get $from)))
    ;; Without a branch: it could not be foreseen, and would end the overlap.
    (local.set $at (select {state_of} (i32.const 0) (i32.and (i64.ne (local.get $slot) (i64.const 0))
      (i64.eqz (i64.shr_u (i64.xor (local.get $slot) (local.get $h)) (i64.const 36))))))
    (local.set $sum (i64.xor (local.get $sum) (i64.load $arena (local.get $at))))
    (local.set $from (i32.add (local.get $from) (i32.const {record})))
    (br $next)))
  (i64.store $scratch offset=8 (i32.const 0) (local.get $sum)))

;; The steps of the states from one number up to another, in $edges: triples of 32-bit numbers, namely the state, the
;; state after (-1 if the step breaks an obligation, or leads to what was not found) and the step. Stops when what
;; a batch of `size` more states could have does not fit; gives the first state that was left out, and `triples`.
(func (export "list_edges") (param $number i32) (param $end i32) (param $size i32) (param $room i32) (result i32)
  (local $from i32) (local $out i32) (local $left i32)
  (global.set $triples (i32.const 0))
  (block $done (loop $batch
    (br_if $done (i32.ge_u (local.get $number) (local.get $end)))
    (br_if $done (i32.gt_u
      (i32.add (global.get $triples) (i32.mul (local.get $size) (i32.const {successors})))
      (local.get $room)))
    (local.set $out (i32.const {records}))
    (local.set $left (local.get $size))
    (block $listed (loop $list
      (br_if $listed (i32.ge_u (local.get $number) (local.get $end)))
      (br_if $listed (i32.eqz (local.get $left)))
      (local.set $out (call $list (local.get $number) (local.get $out)))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $list)))
    (call $fetch (local.get $out))
    (local.set $from (i32.const {records}))
    (block $aimed (loop $aim
      (br_if $aimed (i32.ge_u (local.get $from) (local.get $out)))
      (i32.store $edges offset=4 (i32.load $scratch offset={record_edge} (local.get $from))
        (call $find (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const {record})))
      (br $aim)))
    (br $batch)))
  (local.get $number))

;; List the steps of a state, with -1 for the states after; the records from an address on say where these belong.
(func $list (param $number i32) (param $from i32) (result i32)
  (local $out i32) (local $breach i32)
  (local.set $out (call $records (local.get $number) (local.get $from)))
  (block $written (loop $write
    (br_if $written (i32.ge_u (local.get $from) (local.get $out)))
    (i32.store $scratch offset={record_edge} (local.get $from)
      (call $triple (local.get $number) (i32.load $scratch offset={record_step} (local.get $from))))
    (local.set $from (i32.add (local.get $from) (i32.const {record})))
    (br $write)))
  (block $told (loop $tell
    (br_if $told (i32.ge_u (local.get $breach) (global.get $broken)))
    (drop (call $triple (local.get $number)
      (i32.load $scratch offset={broken} (i32.shl (local.get $breach) (i32.const 2)))))
    (local.set $breach (i32.add (local.get $breach) (i32.const 1)))
    (br $tell)))
  (local.get $out))

;; Add a step that leads nowhere yet; gives its address.
(func $triple (param $before i32) (param $step i32) (result i32)
  (local $at i32)
  (local.set $at (i32.mul (global.get $triples) (i32.const 12)))
  (i32.store $edges (local.get $at) (local.get $before))
  (i32.store $edges offset=4 (local.get $at) (i32.const -1))
  (i32.store $edges offset=8 (local.get $at) (local.get $step))
  (global.set $triples (i32.add (global.get $triples) (i32.const 1)))
  (local.get $at))

;; Expand states for so many batches of so many states each. Gives why it stopped:
;; 0 the batches are done, 1 no state is left, 2 more than `limit` states, 3 the table is too full,
;; 4 the arena is, 5 there are notes, 6 the spec is at fault (see `outside`).
(func (export "run") (param $batches i32) (param $size i32) (param $limit i32) (result i32)
  (local $first i32) (local $number i32) (local $end i32) (local $ends i32) (local $out i32) (local $most i32)
  (local.set $most (i32.mul (local.get $size) (i32.const {successors})))
  (loop $batch
    (if (global.get $outside) (then (return (i32.const 6))))
    (if (i32.ge_u (global.get $head) (global.get $states)) (then (return (i32.const 1))))
    (if (i32.gt_u (global.get $states) (local.get $limit)) (then (return (i32.const 2))))
    (if (i32.eqz (local.get $batches)) (then (return (i32.const 0))))
    (if (global.get $urgent) (then (global.set $urgent (i32.const 0)) (return (i32.const 5))))
    (if (i32.gt_u (global.get $notes) (i32.const {notes_full})) (then (return (i32.const 5))))
    (local.set $end (i32.add (global.get $states) (local.get $most)))
    (if (i32.gt_u (local.get $end) (global.get $room)) (then (return (i32.const 4))))
    ;; At most 0.6 of the slots are used.
    (if (i64.gt_u (i64.mul (i64.extend_i32_u (local.get $end)) (i64.const 5))
                  (i64.mul (i64.extend_i32_u (global.get $mask)) (i64.const 3))) (then (return (i32.const 3))))
    (local.set $batches (i32.sub (local.get $batches) (i32.const 1)))
    (local.set $first (global.get $head))
    (local.set $number (local.get $first))
    (local.set $end (i32.add (local.get $first) (local.get $size)))
    (if (i32.gt_u (local.get $end) (global.get $states)) (then (local.set $end (global.get $states))))
    (local.set $out (i32.const {records}))
    (local.set $ends (i32.const {ends}))
    (loop $expanding
      (local.set $out (call $records (local.get $number) (local.get $out)))
      (i32.store $scratch (local.get $ends) (local.get $out))
      (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $expanding (i32.lt_u (local.get $number) (local.get $end))))
    (global.set $head (local.get $end))
    (call $fetch (local.get $out))
    (call $enter (local.get $first) (local.get $end))
    (br $batch))
  (unreachable))
