;; Which states satisfy an expression: `graph.py` puts this beside `$holds`, and fills in what is in braces.

(global $outside (mut i32) (i32.const 0))  ;; 1 + a state that shows the expression to be at fault
(global $current (mut i32) (i32.const 0))

;; Judge so many states from `begin` on, a byte each; gives whether the expression was found at fault.
(func (export "judge") (param $begin i32) (param $count i32) (result i32)
  (local $state i32)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $state) (local.get $count)))
      (global.set $current (i32.add (local.get $begin) (local.get $state)))
      (i32.store8 $scratch offset={marks}
        (local.get $state)
        (call $holds (i32.mul (global.get $current) (i32.const {state}))))
      (local.set $state (i32.add (local.get $state) (i32.const 1)))
      (br $next)))
  (global.get $outside))
