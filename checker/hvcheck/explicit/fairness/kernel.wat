;; The graph work behind `leads to`, on arrays that the caller lays out in linear memory (graph.py says where).
;;
;; States and steps, the same for every property:
;;   first   u32 a state and one more   the steps of state s are those from first[s] to first[s + 1]
;;   target  u32 a step                 the state it leads to; 2^32 - 1 for a step that leads nowhere we know
;;   mover   u16 a step                 the number of the instance whose fairness it serves; 2^16 - 1 for none
;;   ends    u32 a distance             how many states are at most so far from the initial one
;; For one property:
;;   mark    u8 a state                 the bits below
;;   queue   u32 a state of the region  in the order in which it was reached
;;   parent  u32 a state                in the region, the state it was reached from; 2^32 - 1 for none
;;   order   u32 a state                0, then its place in the depth-first order from 1, then 2^31 + its component
;;   low     u32 a place of that order  the lowest place that its state is known to reach
;;   stack   u32 a state                states whose component is not complete
;;   work    2 u32 a state              the path that is being followed: a state and the step to look at next
;;   dues    4 u32 an instance          in how many members a step of it is enabled; the member counted last, plus 1;
;;                                      the component these are about; the last component inside which it moves
;; Whatever may take long stops after about `most` steps and goes on when it is called again.

(module
  (import "fairness" "memory" (memory 0 65536))

  ;; Bits of a mark.
  (global $CLOSED i32 (i32.const 1))     ;; the answer holds there, or its steps are not known: never entered
  (global $TRIGGERED i32 (i32.const 2))
  (global $INSIDE i32 (i32.const 4))     ;; reached after a trigger and without an answer
  (global $TRIMMED i32 (i32.const 8))    ;; on no loop inside
  (global $UNFAIR i32 (i32.const 16))    ;; a fair run can stay there for ever and never be answered

  (global $first (mut i32) (i32.const 0))
  (global $target (mut i32) (i32.const 0))
  (global $mover (mut i32) (i32.const 0))
  (global $mark (mut i32) (i32.const 0))
  (global $queue (mut i32) (i32.const 0))
  (global $parent (mut i32) (i32.const 0))
  (global $order (mut i32) (i32.const 0))
  (global $low (mut i32) (i32.const 0))
  (global $stack (mut i32) (i32.const 0))
  (global $work (mut i32) (i32.const 0))
  (global $dues (mut i32) (i32.const 0))

  (global $head (mut i32) (i32.const 0))      ;; how much of the queue is expanded
  (global $tail (mut i32) (i32.const 0))      ;; how much of the queue is filled
  (global $ends (mut i32) (i32.const 0))
  (global $levels (mut i32) (i32.const 0))
  (global $level (mut i32) (i32.const 0))       ;; how many levels are begun
  (global $level_tail (mut i32) (i32.const 0))  ;; where the present level ends in the queue
  (global $cursor (mut i32) (i32.const 0))    ;; where trimming, or looking for roots, is in the queue
  (global $removed (mut i32) (i32.const 0))   ;; how many states this round of trimming removed
  (global $places (mut i32) (i32.const 0))    ;; how many states have a place in the depth-first order
  (global $components (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 0))       ;; height of the stack
  (global $deep (mut i32) (i32.const 0))      ;; height of the work stack

  (func (export "steps_at")
    (param $first i32) (param $target i32) (param $mover i32) (param $ends i32) (param $levels i32)
    (global.set $ends (local.get $ends))
    (global.set $levels (local.get $levels))
    (global.set $first (local.get $first))
    (global.set $target (local.get $target))
    (global.set $mover (local.get $mover)))

  ;; Begin with another property. The caller has cleared nothing but `mark`.
  (func (export "region_at") (param $mark i32) (param $queue i32) (param $parent i32)
    (global.set $mark (local.get $mark))
    (global.set $queue (local.get $queue))
    (global.set $parent (local.get $parent))
    (global.set $head (i32.const 0))
    (global.set $tail (i32.const 0))
    (global.set $level (i32.const 0))
    (global.set $level_tail (i32.const 0)))

  ;; Ready to look for components; `order` and `dues` are clear.
  (func (export "components_at")
    (param $order i32) (param $low i32) (param $stack i32) (param $work i32) (param $dues i32)
    (global.set $order (local.get $order))
    (global.set $low (local.get $low))
    (global.set $stack (local.get $stack))
    (global.set $work (local.get $work))
    (global.set $dues (local.get $dues))
    (global.set $cursor (i32.const 0))
    (global.set $places (i32.const 0))
    (global.set $components (i32.const 0))
    (global.set $top (i32.const 0))
    (global.set $deep (i32.const 0)))

  (func $word (param $array i32) (param $index i32) (result i32)
    (i32.load (i32.add (local.get $array) (i32.shl (local.get $index) (i32.const 2)))))

  (func $put (param $array i32) (param $index i32) (param $value i32)
    (i32.store (i32.add (local.get $array) (i32.shl (local.get $index) (i32.const 2))) (local.get $value)))

  (func $marked (param $state i32) (result i32)
    (i32.load8_u (i32.add (global.get $mark) (local.get $state))))

  (func $add_mark (param $state i32) (param $bit i32)
    (i32.store8
      (i32.add (global.get $mark) (local.get $state))
      (i32.or (call $marked (local.get $state)) (local.get $bit))))

  ;; The instance a step serves, or -1.
  (func $mover_of (param $step i32) (result i32)
    (local $instance i32)
    (local.set $instance
      (i32.load16_u (i32.add (global.get $mover) (i32.shl (local.get $step) (i32.const 1)))))
    (select (i32.const -1) (local.get $instance) (i32.eq (local.get $instance) (i32.const 0xffff))))

  ;; Put a state into the region, unless it is there or may not be.
  (func $reach (param $state i32) (param $from i32)
    (if (i32.and (call $marked (local.get $state)) (i32.or (global.get $CLOSED) (global.get $INSIDE)))
      (then (return)))
    (call $add_mark (local.get $state) (global.get $INSIDE))
    (call $put (global.get $parent) (local.get $state) (local.get $from))
    (call $put (global.get $queue) (global.get $tail) (local.get $state))
    (global.set $tail (i32.add (global.get $tail) (i32.const 1))))

  ;; Gather the region, level by level from the initial state; gives 1 if there is more to do.
  (func (export "spread") (param $most i32) (result i32)
    (loop $next
      (if (i32.le_s (local.get $most) (i32.const 0)) (then (return (i32.const 1))))
      (if (i32.eq (global.get $head) (global.get $level_tail))
        (then
          (if (i32.and
                (i32.ge_u (global.get $level) (global.get $levels))
                (i32.eq (global.get $head) (global.get $tail)))
            (then (return (i32.const 0))))
          (local.set $most (i32.sub (local.get $most) (i32.add (call $enter) (i32.const 1)))))
        (else
          (local.set $most
            (i32.sub (local.get $most) (call $expand (call $word (global.get $queue) (global.get $head)))))
          (global.set $head (i32.add (global.get $head) (i32.const 1)))))
      (br $next))
    (unreachable))

  ;; Begin the next level with the triggered states at its distance, if the search has got so far; gives how many it
  ;; looked at.
  (func $enter (result i32)
    (local $state i32) (local $end i32) (local $begin i32)
    (if (i32.lt_u (global.get $level) (global.get $levels))
      (then
        (if (global.get $level)
          (then
            (local.set $state
              (call $word (global.get $ends) (i32.sub (global.get $level) (i32.const 1))))))
        (local.set $begin (local.get $state))
        (local.set $end (call $word (global.get $ends) (global.get $level)))
        (global.set $level (i32.add (global.get $level) (i32.const 1)))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $state) (local.get $end)))
        (if (i32.and (call $marked (local.get $state)) (global.get $TRIGGERED))
          (then (call $reach (local.get $state) (i32.const -1))))
        (local.set $state (i32.add (local.get $state) (i32.const 1)))
        (br $next)))
    (global.set $level_tail (global.get $tail))
    (i32.sub (local.get $state) (local.get $begin)))

  ;; Reach what the steps of a state lead to; gives how many steps it has, and one.
  (func $expand (param $state i32) (result i32)
    (local $step i32) (local $end i32) (local $after i32) (local $fair i32)
    (local.set $step (call $word (global.get $first) (local.get $state)))
    (local.set $end (call $word (global.get $first) (i32.add (local.get $state) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $step) (local.get $end)))
        (if (i32.ge_s (call $mover_of (local.get $step)) (i32.const 0))
          (then (local.set $fair (i32.const 1))))
        (local.set $after (call $word (global.get $target) (local.get $step)))
        (if (i32.ne (local.get $after) (i32.const -1))
          (then (call $reach (local.get $after) (local.get $state))))
        (local.set $step (i32.add (local.get $step) (i32.const 1)))
        (br $next)))
    (if (i32.eqz (local.get $fair))
      (then (call $add_mark (local.get $state) (global.get $UNFAIR))))
    (i32.add
      (i32.sub (local.get $end) (call $word (global.get $first) (local.get $state)))
      (i32.const 1)))

  ;; Whether a state is one that components are made of.
  (func $kept (param $state i32) (result i32)
    (if (i32.eq (local.get $state) (i32.const -1)) (then (return (i32.const 0))))
    (i32.eq
      (i32.and (call $marked (local.get $state)) (i32.or (global.get $INSIDE) (global.get $TRIMMED)))
      (global.get $INSIDE)))

  ;; Begin a round of trimming, from what was reached last.
  (func (export "rewind")
    (global.set $cursor (global.get $tail))
    (global.set $removed (i32.const 0)))

  ;; Remove states from which no step leads on inside; gives how much of the queue this round still has to look at.
  (func (export "trim") (param $most i32) (result i32)
    (local $state i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (global.get $cursor)))
        (br_if $done (i32.le_s (local.get $most) (i32.const 0)))
        (global.set $cursor (i32.sub (global.get $cursor) (i32.const 1)))
        (local.set $most (i32.sub (local.get $most) (i32.const 4)))
        (local.set $state (call $word (global.get $queue) (global.get $cursor)))
        (br_if $next (i32.eqz (call $kept (local.get $state))))
        (br_if $next (call $leads_on (local.get $state)))
        (call $add_mark (local.get $state) (global.get $TRIMMED))
        (global.set $removed (i32.add (global.get $removed) (i32.const 1)))
        (br $next)))
    (global.get $cursor))

  (func (export "reached") (result i32)
    (global.get $tail))

  (func (export "removed") (result i32)
    (global.get $removed))

  (func $leads_on (param $state i32) (result i32)
    (local $step i32) (local $end i32)
    (local.set $step (call $word (global.get $first) (local.get $state)))
    (local.set $end (call $word (global.get $first) (i32.add (local.get $state) (i32.const 1))))
    (loop $next
      (if (i32.ge_u (local.get $step) (local.get $end)) (then (return (i32.const 0))))
      (if (call $kept (call $word (global.get $target) (local.get $step))) (then (return (i32.const 1))))
      (local.set $step (i32.add (local.get $step) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Strongly connected components of what trimming has left (Tarjan's algorithm, without recursion), each tested when
  ;; it is complete; gives 1 if there is more to do.
  (func (export "connect") (param $most i32) (result i32)
    (loop $next
      (if (i32.le_s (local.get $most) (i32.const 0)) (then (return (i32.const 1))))
      (if (i32.eqz (global.get $deep))
        (then
          (if (i32.eqz (call $next_root)) (then (return (i32.const 0))))))
      (local.set $most (i32.sub (local.get $most) (call $follow)))
      (br $next))
    (unreachable))

  ;; Begin a path at the next state that has none; gives 0 if there is no such state.
  (func $next_root (result i32)
    (local $state i32)
    (loop $next
      (if (i32.ge_u (global.get $cursor) (global.get $tail)) (then (return (i32.const 0))))
      (local.set $state (call $word (global.get $queue) (global.get $cursor)))
      (global.set $cursor (i32.add (global.get $cursor) (i32.const 1)))
      (br_if $next (i32.eqz (call $kept (local.get $state))))
      (br_if $next (call $word (global.get $order) (local.get $state))))
    (call $push (local.get $state))
    (i32.const 1))

  (func $push (param $state i32)
    (local $place i32)
    (local.set $place (i32.add (global.get $places) (i32.const 1)))
    (global.set $places (local.get $place))
    (call $put (global.get $order) (local.get $state) (local.get $place))
    (call $put (global.get $low) (local.get $place) (local.get $place))
    (call $put (global.get $stack) (global.get $top) (local.get $state))
    (global.set $top (i32.add (global.get $top) (i32.const 1)))
    (call $put (global.get $work) (i32.shl (global.get $deep) (i32.const 1)) (local.get $state))
    (call $put
      (global.get $work)
      (i32.add (i32.shl (global.get $deep) (i32.const 1)) (i32.const 1))
      (call $word (global.get $first) (local.get $state)))
    (global.set $deep (i32.add (global.get $deep) (i32.const 1))))

  ;; Go on with the last state of the path, until one step goes deeper or none is left; gives how many it looked at.
  (func $follow (result i32)
    (local $at i32) (local $state i32) (local $step i32) (local $begin i32) (local $end i32)
    (local $after i32) (local $place i32) (local $known i32)
    (local.set $at (i32.shl (i32.sub (global.get $deep) (i32.const 1)) (i32.const 1)))
    (local.set $state (call $word (global.get $work) (local.get $at)))
    (local.set $step (call $word (global.get $work) (i32.add (local.get $at) (i32.const 1))))
    (local.set $begin (local.get $step))
    (local.set $end (call $word (global.get $first) (i32.add (local.get $state) (i32.const 1))))
    (local.set $place (call $word (global.get $order) (local.get $state)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $step) (local.get $end)))
        (local.set $after (call $word (global.get $target) (local.get $step)))
        (if (call $kept (local.get $after))
          (then
            (local.set $known (call $word (global.get $order) (local.get $after)))
            (if (i32.eqz (local.get $known))
              (then  ;; this step is looked at again when what follows it is done
                (call $put (global.get $work) (i32.add (local.get $at) (i32.const 1)) (local.get $step))
                (call $push (local.get $after))
                (return (i32.add (i32.sub (local.get $step) (local.get $begin)) (i32.const 1)))))
            (if (i32.gt_s (local.get $known) (i32.const 0))
              (then (call $lower (local.get $place) (call $word (global.get $low) (local.get $known)))))))
        (local.set $step (i32.add (local.get $step) (i32.const 1)))
        (br $next)))
    (global.set $deep (i32.sub (global.get $deep) (i32.const 1)))
    (if (i32.eq (call $word (global.get $low) (local.get $place)) (local.get $place))
      (then (call $complete (local.get $state))))
    (i32.add (i32.sub (local.get $end) (local.get $begin)) (i32.const 1)))

  (func $lower (param $place i32) (param $value i32)
    (if (i32.lt_u (local.get $value) (call $word (global.get $low) (local.get $place)))
      (then (call $put (global.get $low) (local.get $place) (local.get $value)))))

  ;; Take a component off the stack, down to its root, and see whether a run can stay in it and be fair.
  (func $complete (param $root i32)
    (local $base i32) (local $state i32) (local $component i32) (local $place i32)
    (local.set $component (i32.add (global.get $components) (i32.const 1)))
    (global.set $components (local.get $component))
    (local.set $base (global.get $top))
    (loop $next
      (local.set $base (i32.sub (local.get $base) (i32.const 1)))
      (local.set $state (call $word (global.get $stack) (local.get $base)))
      (call $put
        (global.get $order)
        (local.get $state)
        (i32.or (local.get $component) (i32.const 0x80000000)))
      (br_if $next (i32.ne (local.get $state) (local.get $root))))
    (if (call $can_be_fair (local.get $base) (local.get $component))
      (then
        (local.set $place (local.get $base))
        (loop $next
          (call $add_mark (call $word (global.get $stack) (local.get $place)) (global.get $UNFAIR))
          (local.set $place (i32.add (local.get $place) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $place) (global.get $top))))))
    (global.set $top (local.get $base)))

  ;; Whether each instance is disabled in some member (from `base` on the stack) or moves inside the component.
  (func $can_be_fair (param $base i32) (param $component i32) (result i32)
    (local $place i32) (local $size i32) (local $step i32) (local $end i32) (local $due i32) (local $root i32)
    (local.set $place (local.get $base))
    (loop $next
      (call $count (call $word (global.get $stack) (local.get $place)) (local.get $component))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $place) (global.get $top))))
    ;; What is enabled in all members is so in the first.
    (local.set $size (i32.sub (global.get $top) (local.get $base)))
    (local.set $root (call $word (global.get $stack) (local.get $base)))
    (local.set $step (call $word (global.get $first) (local.get $root)))
    (local.set $end (call $word (global.get $first) (i32.add (local.get $root) (i32.const 1))))
    (loop $next
      (if (i32.ge_u (local.get $step) (local.get $end)) (then (return (i32.const 1))))
      (local.set $due (call $due_of (call $mover_of (local.get $step))))
      (local.set $step (i32.add (local.get $step) (i32.const 1)))
      (br_if $next (i32.eqz (local.get $due)))
      (br_if $next (i32.ne (i32.load (local.get $due)) (local.get $size)))
      (br_if $next (i32.eq (i32.load offset=12 (local.get $due)) (local.get $component))))
    (i32.const 0))

  ;; Where the counts of an instance are; 0 if there is none.
  (func $due_of (param $instance i32) (result i32)
    (if (i32.lt_s (local.get $instance) (i32.const 0)) (then (return (i32.const 0))))
    (i32.add (global.get $dues) (i32.shl (local.get $instance) (i32.const 4))))

  ;; Count what is enabled in a member and note what moves from it inside its component.
  (func $count (param $state i32) (param $component i32)
    (local $step i32) (local $end i32) (local $due i32) (local $after i32)
    (local.set $step (call $word (global.get $first) (local.get $state)))
    (local.set $end (call $word (global.get $first) (i32.add (local.get $state) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $step) (local.get $end)))
        (local.set $due (call $due_of (call $mover_of (local.get $step))))
        (local.set $after (call $word (global.get $target) (local.get $step)))
        (local.set $step (i32.add (local.get $step) (i32.const 1)))
        (br_if $next (i32.eqz (local.get $due)))
        (call $count_once (local.get $due) (local.get $state) (local.get $component))
        (br_if $next (i32.eqz (call $kept (local.get $after))))
        (br_if $next
          (i32.ne
            (call $word (global.get $order) (local.get $after))
            (i32.or (local.get $component) (i32.const 0x80000000))))
        (i32.store offset=12 (local.get $due) (local.get $component))
        (br $next))))

  (func $count_once (param $due i32) (param $state i32) (param $component i32)
    (if (i32.ne (i32.load offset=8 (local.get $due)) (local.get $component))
      (then
        (i32.store (local.get $due) (i32.const 0))
        (i32.store offset=8 (local.get $due) (local.get $component))))
    (if (i32.eq (i32.load offset=4 (local.get $due)) (i32.add (local.get $state) (i32.const 1)))
      (then (return)))
    (i32.store offset=4 (local.get $due) (i32.add (local.get $state) (i32.const 1)))
    (i32.store (local.get $due) (i32.add (i32.load (local.get $due)) (i32.const 1))))

  ;; The state reached first in which, or in the component of which, a fair run can stay; -1 if there is none.
  (func (export "first_unfair") (result i32)
    (local $place i32) (local $state i32)
    (loop $next
      (if (i32.ge_u (local.get $place) (global.get $tail)) (then (return (i32.const -1))))
      (local.set $state (call $word (global.get $queue) (local.get $place)))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $next (i32.eqz (i32.and (call $marked (local.get $state)) (global.get $UNFAIR)))))
    (local.get $state)))
