#!/usr/bin/env python3
"""spread.py FOLDER COUNT DEVICES SECONDS: COUNT jobs that add 1024 numbers, in turns for DEVICES ("0,1").

Each holds its GPU for about SECONDS besides: the kernel waits for a time by the GPU's clock. The module has a kernel
`hang` too, which never ends.
"""
import hashlib
import os
import struct
import sys

MODULE = """.version 6.3
.target sm_70
.address_size 64
.visible .entry add(.param .u64 a, .param .u64 b, .param .u64 to, .param .u64 ns)
{
	.reg .pred %p<3>;
	.reg .u32 %i<4>;
	.reg .u64 %d<10>;
	.reg .f32 %f<4>;
	mov.u32 %i0, %ctaid.x;
	mov.u32 %i1, %ntid.x;
	mov.u32 %i2, %tid.x;
	mad.lo.u32 %i3, %i0, %i1, %i2;
	mul.wide.u32 %d0, %i3, 4;
	ld.param.u64 %d1, [a];
	ld.param.u64 %d2, [b];
	ld.param.u64 %d3, [to];
	ld.param.u64 %d4, [ns];
	cvta.to.global.u64 %d1, %d1;
	cvta.to.global.u64 %d2, %d2;
	cvta.to.global.u64 %d3, %d3;
	add.u64 %d1, %d1, %d0;
	add.u64 %d2, %d2, %d0;
	add.u64 %d3, %d3, %d0;
	ld.global.f32 %f0, [%d1];
	ld.global.f32 %f1, [%d2];
	add.f32 %f2, %f0, %f1;
	st.global.f32 [%d3], %f2;
	setp.eq.u64 %p0, %d4, 0;
	@%p0 bra $end;
	mov.u64 %d5, %globaltimer;
$again:
	mov.u64 %d6, %globaltimer;
	sub.u64 %d7, %d6, %d5;
	setp.lt.u64 %p1, %d7, %d4;
	@%p1 bra $again;
$end:
	ret;
}
.visible .entry hang(.param .u64 a, .param .u64 b, .param .u64 to, .param .u64 ns)
{
	.reg .pred %p;
	.reg .u32 %r;
	.reg .u64 %d;
	ld.param.u64 %d, [to];
	cvta.to.global.u64 %d, %d;
$again:
	ld.volatile.global.u32 %r, [%d];
	setp.ne.u32 %p, %r, 12345;
	@%p bra $again;
	ret;
}
"""


def main():
    folder, count, devices, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(","), float(sys.argv[4])
    os.makedirs(folder, exist_ok=True)

    def put(name, data):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    def floats(values):
        return struct.pack("<1024f", *values)

    put("spread.ptx", MODULE.encode())
    put("a.bin", floats(range(1024)))
    put("b.bin", floats(2 * i for i in range(1024)))
    sums = hashlib.sha256(floats(3 * i for i in range(1024))).hexdigest()
    for i in range(count):
        put(f"j{i:05}.conf", f"""[Job]
Type=kernel
Device={devices[i % len(devices)]}
[Kernel]
Module=spread.ptx
Function=add
Grid=4
Block=256
Argument=in a.bin
Argument=in b.bin
Argument=out sum.bin 4096
Argument=u64 {int(seconds * 1e9)}
[Expect]
sum.bin=sha256:{sums}
""".encode())


main()
