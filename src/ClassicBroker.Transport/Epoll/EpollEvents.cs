using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClassicBroker.Transport;

/// <summary>
/// An array of <c>struct epoll_event</c>, which x64 packs and other machines do not:
/// <code>
/// 0          events  uint32
/// 4 (or 8)   token   uint64, what the descriptor was registered with
/// </code>
/// </summary>
internal sealed unsafe class EpollEvents
{
    private static readonly int TokenOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Size = TokenOffset + sizeof(ulong);

    private readonly byte[] _bytes;

    public EpollEvents(int capacity)
    {
        Capacity = capacity;
        _bytes = GC.AllocateArray<byte>(capacity * Size, pinned: true);
    }

    public int Capacity { get; }

    /// <summary>The first event, for system calls. The array does not move.</summary>
    public byte* Start => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes));

    public (uint Events, ulong Token) this[int index]
    {
        get
        {
            var at = _bytes.AsSpan(index * Size, Size);
            return (MemoryMarshal.Read<uint>(at), MemoryMarshal.Read<ulong>(at[TokenOffset..]));
        }

        set
        {
            var at = _bytes.AsSpan(index * Size, Size);
            MemoryMarshal.Write(at, value.Events);
            MemoryMarshal.Write(at[TokenOffset..], value.Token);
        }
    }
}
