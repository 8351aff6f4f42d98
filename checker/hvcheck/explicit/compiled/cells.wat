;; What expressions on a state call. The module that has these has $outside and $current too.

;; The code in a cell, by its number; `mask` is as wide as the cell.
(func $cell (param $at i32) (param $number i32) (param $mask i32) (result i32)
  (local $where i32)
  (local.set $where (i32.load $scratch offset={cells} (i32.shl (local.get $number) (i32.const 2))))
  (i32.and (local.get $mask) (i32.wrap_i64 (i64.shr_u
    (i64.load $arena (i32.add (local.get $at) (i32.shr_u (local.get $where) (i32.const 6))))
    (i64.extend_i32_u (i32.and (local.get $where) (i32.const 63)))))))

;; A code if it is one of `size`; else the spec is at fault and the search ends.
(func $inside (param $code i32) (param $size i32) (result i32)
  (if (i32.lt_u (local.get $code) (local.get $size)) (then (return (local.get $code))))
  (if (i32.eqz (global.get $outside))
    (then (global.set $outside (i32.add (global.get $current) (i32.const 1)))))
  (i32.const 0))

;; A code if it is one of `size`, else -1.
(func $placed (param $code i32) (param $size i32) (result i32)
  (select (local.get $code) (i32.const -1) (i32.lt_u (local.get $code) (local.get $size))))

;; A code if it is one of `size`, else 0.
(func $filled (param $code i32) (param $size i32) (result i32)
  (select (local.get $code) (i32.const 0) (i32.lt_u (local.get $code) (local.get $size))))
