using System.Runtime.InteropServices;

namespace ClassicBroker.Transport;

/// <summary><c>struct iovec</c>: a piece of memory for a scattered read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoSegment
{
    public byte* Start;
    public nuint Length;
}
