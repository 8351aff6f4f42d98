;; Which states of the arena of a search satisfy an expression ($holds tells of one).

(memory $marks (export "marks") 0)

;; A byte for each state from one number up to another: 1 if the expression holds there.
(func (export "mark") (param $number i32) (param $end i32)
  (local $to i32)
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $number) (local.get $end)))
    (global.set $current (local.get $number))
    (i32.store8 $marks (local.get $to) (call $holds (i32.mul (local.get $number) (i32.const {state}))))
    (local.set $number (i32.add (local.get $number) (i32.const 1)))
    (local.set $to (i32.add (local.get $to) (i32.const 1)))
    (br $next))))
