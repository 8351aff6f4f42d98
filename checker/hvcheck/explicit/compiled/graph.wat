;; The steps of a range of states: where each leads and whose fairness it serves, for the graph behind `leads to`.
;; `graph.py` fills in what is in braces and lays out the arrays. The search has ended; states are its numbers.

(module
  (import "search" "scratch" (memory $scratch 0))
  (import "search" "records" (func $records (param i32) (param i32) (result i32)))
  (import "search" "fetch" (func $fetch (param i32) (param i32)))
  (import "search" "find" (func $find (param i32) (result i32)))
  (import "search" "broken" (global $broken (mut i32)))
  (memory $own (export "own") {pages})

  (global $place (mut i32) (i32.const 0))   ;; how many steps are written
  (global $out (mut i32) (i32.const 0))     ;; where the records of the batch end
  (global $waiting (mut i32) (i32.const 0)) ;; states in the batch

  ;; Write the steps of the wanted ones of `count` states from `begin` on; of the others none. Gives how many states are
  ;; done: fewer if there might be no room for the next.
  (func (export "steps") (param $begin i32) (param $count i32) (result i32)
    (local $state i32) (local $before i32)
    (global.set $place (i32.const 0))
    (global.set $out (i32.const {records}))
    (global.set $waiting (i32.const 0))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $state) (local.get $count)))
        (br_if $done (i32.gt_u (global.get $place) (i32.const {full})))
        (local.set $before (global.get $place))
        (if (i32.load8_u $own offset={wanted} (local.get $state))
          (then (call $one (i32.add (local.get $begin) (local.get $state)))))
        (i32.store $own offset={counts}
          (i32.shl (local.get $state) (i32.const 2))
          (i32.sub (global.get $place) (local.get $before)))
        (local.set $state (i32.add (local.get $state) (i32.const 1)))
        (br $next)))
    (call $aim)
    (local.get $state))

  ;; Write the steps of a state, but not yet where they lead; their records say which place is theirs.
  (func $one (param $state i32)
    (local $record i32) (local $breach i32)
    (local.set $record (global.get $out))
    (global.set $out (call $records (local.get $state) (global.get $out)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $record) (global.get $out)))
        (i32.store $scratch offset={record_parent} (local.get $record) (global.get $place))
        (call $serve (i32.load $scratch offset={record_step} (local.get $record)))
        (local.set $record (i32.add (local.get $record) (i32.const {record})))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $breach) (global.get $broken)))
        (call $target (global.get $place) (i32.const -1))
        (call $serve
          (i32.load $scratch offset={breaches} (i32.shl (local.get $breach) (i32.const 2))))
        (local.set $breach (i32.add (local.get $breach) (i32.const 1)))
        (br $next)))
    (global.set $waiting (i32.add (global.get $waiting) (i32.const 1)))
    (if (i32.ge_u (global.get $waiting) (i32.const {batch})) (then (call $aim))))

  ;; Write the instance that the next step serves, by the number of the step.
  (func $serve (param $step i32)
    (i32.store16 $own offset={mover}
      (i32.shl (global.get $place) (i32.const 1))
      (i32.load16_u $own offset={movers} (i32.shl (local.get $step) (i32.const 1))))
    (global.set $place (i32.add (global.get $place) (i32.const 1))))

  (func $target (param $place i32) (param $state i32)
    (i32.store $own offset={target} (i32.shl (local.get $place) (i32.const 2)) (local.get $state)))

  ;; Write where the steps of the batch lead.
  (func $aim
    (local $record i32)
    (local.set $record (i32.const {records}))
    (call $fetch (local.get $record) (global.get $out))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $record) (global.get $out)))
        (call $target
          (i32.load $scratch offset={record_parent} (local.get $record))
          (call $find (local.get $record)))
        (local.set $record (i32.add (local.get $record) (i32.const {record})))
        (br $next)))
    (global.set $out (i32.const {records}))
    (global.set $waiting (i32.const 0))))
