using System.Runtime.InteropServices;

namespace ClassicBroker.Transport;

/// <summary>The system calls on sockets, as Linux has them.</summary>
internal static unsafe partial class SocketCalls
{
    public const int FamilyIPv4 = 2;
    public const int FamilyIPv6 = 10;
    public const int StreamNonBlocking = 1 | NonBlockingCloseOnExec;
    public const int NonBlockingCloseOnExec = 0x80800;
    public const int FamilyNotSupported = 97;

    public const int LevelSocket = 1;
    public const int LevelTcp = 6;
    public const int LevelIPv6 = 41;
    public const int ReuseAddress = 2;
    public const int PendingError = 4;
    public const int SendBuffer = 7;
    public const int ReceiveBuffer = 8;
    public const int KeepAlive = 9;
    public const int NoDelay = 1;
    public const int KeepAliveIdleSeconds = 4;
    public const int KeepAliveIntervalSeconds = 5;
    public const int KeepAliveProbes = 6;
    public const int IPv6Only = 26;

    public const int More = 0x8000;
    public const int NoSignal = 0x4000;
    public const int Peek = 2;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Create(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int socket, int backlog);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, byte* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetName(int socket, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int socket, int level, int option, int* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int socket, int level, int option, int* value, uint* length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* buffer, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "readv", SetLastError = true)]
    public static partial nint ReceiveScattered(int socket, IoSegment* segments, int count);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* buffer, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    public static partial nint SendFile(int socket, int file, long* position, nuint count);
}
