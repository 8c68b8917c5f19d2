using System.Runtime.InteropServices;

namespace ClassicBroker.Platform;

/// <summary>
/// <c>struct flock</c> of 64-bit Linux:
/// <code>
/// 0   type    int16
/// 2   whence  int16
/// 8   start   int64
/// 16  length  int64, 0 for all
/// 24  pid     int32, 0 for a lock of the open file
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct FileLockRequest
{
    [FieldOffset(0)]
    public short Type;
}
