;; What the functions of a system call: cells by their number, and codes out of range. `{cells}` is the address of a
;; table in $scratch: of each cell the byte of its word times 64, plus its shift.

(global $current (mut i32) (i32.const 0))                     ;; the state that is being looked at
(global $outside (export "outside") (mut i32) (i32.const 0))  ;; 1 + the state that shows the spec to be at fault

;; The code in a cell, by its number; `mask` is as wide as the cell.
(func $cell (param $at i32) (param $number i32) (param $mask i32) (result i32)
  (local $where i32)
  (local.set $where (i32.load $scratch offset={cells} (i32.shl (local.get $number) (i32.const 2))))
  (i32.and (local.get $mask) (i32.wrap_i64 (i64.shr_u
    (i64.load $arena (i32.add (local.get $at) (i32.shr_u (local.get $where) (i32.const 6))))
    (i64.extend_i32_u (i32.and (local.get $where) (i32.const 63)))))))

;; Write a code into a cell of a record.
(func $put (param $record i32) (param $number i32) (param $mask i32) (param $code i32)
  (local $where i32) (local $at i32) (local $shift i64)
  (local.set $where (i32.load $scratch offset={cells} (i32.shl (local.get $number) (i32.const 2))))
  (local.set $at (i32.add (local.get $record) (i32.shr_u (local.get $where) (i32.const 6))))
  (local.set $shift (i64.extend_i32_u (i32.and (local.get $where) (i32.const 63))))
  (i64.store $scratch (local.get $at) (i64.or
    (i64.and (i64.load $scratch (local.get $at))
      (i64.xor (i64.const -1) (i64.shl (i64.extend_i32_u (local.get $mask)) (local.get $shift))))
    (i64.shl (i64.extend_i32_u (local.get $code)) (local.get $shift)))))

;; A code is none of its type: the spec is at fault and the search ends. Any code will do instead.
(func $outside (result i32)
  (if (i32.eqz (global.get $outside))
    (then (global.set $outside (i32.add (global.get $current) (i32.const 1)))))
  (i32.const 0))
