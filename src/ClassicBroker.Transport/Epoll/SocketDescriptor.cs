using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ClassicBroker.Transport;

/// <summary>What is done to a TCP socket outside the stream of bytes. Failures are returned as error numbers.</summary>
internal static unsafe class SocketDescriptor
{
    private const int AddressSizeMax = 128;
    private const int ProbeSeconds = 5;
    private const int ProbesMax = 3;

    /// <summary>A new socket that never blocks; negative error number where the system refuses.</summary>
    public static int Create(AddressFamily family)
    {
        var socket = SocketCalls.Create(
            family == AddressFamily.InterNetworkV6 ? SocketCalls.FamilyIPv6 : SocketCalls.FamilyIPv4, SocketCalls.StreamNonBlocking, 0);
        return socket >= 0 ? socket : -LastError();
    }

    /// <returns>0, or an error number.</returns>
    public static int Bind(int socket, IPEndPoint endPoint)
    {
        var address = endPoint.Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            return SocketCalls.Bind(socket, bytes, (uint)address.Size) == 0 ? 0 : LastError();
        }
    }

    /// <returns>0, or an error number.</returns>
    public static int Listen(int socket, int backlog) => SocketCalls.Listen(socket, backlog) == 0 ? 0 : LastError();

    /// <returns>0, or an error number; EINPROGRESS while under way.</returns>
    public static int Connect(int socket, IPEndPoint endPoint)
    {
        var address = endPoint.Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            return SocketCalls.Connect(socket, bytes, (uint)address.Size) == 0 ? 0 : LastError();
        }
    }

    /// <summary>Takes a waiting connection; a negative error number where there is none to be had.</summary>
    public static int Accept(int listener, AddressFamily family, out IPEndPoint peer)
    {
        var bytes = stackalloc byte[AddressSizeMax];
        var length = (uint)AddressSizeMax;
        var socket = SocketCalls.Accept(listener, bytes, &length, SocketCalls.NonBlockingCloseOnExec);
        if (socket < 0)
        {
            peer = new(IPAddress.None, 0);
            return -LastError();
        }

        peer = Decode(family, new(bytes, (int)length));
        return socket;
    }

    /// <summary>Its own end; null where the system has no memory to tell.</summary>
    public static IPEndPoint? LocalEndPoint(int socket, AddressFamily family)
    {
        var bytes = stackalloc byte[AddressSizeMax];
        var length = (uint)AddressSizeMax;
        return SocketCalls.GetName(socket, bytes, &length) == 0
            ? Decode(family, new(bytes, (int)length))
            : null;
    }

    /// <returns>0, or an error number.</returns>
    public static int SetOption(int socket, int level, int option, int value) =>
        SocketCalls.SetOption(socket, level, option, &value, sizeof(int)) == 0 ? 0 : LastError();

    /// <summary>Takes the error the system holds against the socket; 0 for none.</summary>
    public static int TakeError(int socket)
    {
        var error = 0;
        var length = (uint)sizeof(int);
        return SocketCalls.GetOption(socket, SocketCalls.LevelSocket, SocketCalls.PendingError, &error, &length) == 0 ? error : LastError();
    }

    /// <summary>Sets what a channel's options ask; connections inherit it from a listener.</summary>
    /// <returns>0, or the first error number.</returns>
    public static int Apply(int socket, ChannelOptions options)
    {
        var error = SetOption(socket, SocketCalls.LevelTcp, SocketCalls.NoDelay, options.NoDelay ? 1 : 0);
        error = error != 0 ? error : SetOption(socket, SocketCalls.LevelSocket, SocketCalls.KeepAlive, options.KeepAlive ? 1 : 0);
        if (error == 0 && options.SendBufferBytes > 0)
        {
            error = SetOption(socket, SocketCalls.LevelSocket, SocketCalls.SendBuffer, options.SendBufferBytes);
        }

        if (error == 0 && options.ReceiveBufferBytes > 0)
        {
            error = SetOption(socket, SocketCalls.LevelSocket, SocketCalls.ReceiveBuffer, options.ReceiveBufferBytes);
        }

        return error;
    }

    /// <summary>
    /// Has the system ask an otherwise silent peer every few seconds whether it still exists; a failure leaves that to its default.
    /// </summary>
    public static void ProbePeer(int socket)
    {
        SetOption(socket, SocketCalls.LevelSocket, SocketCalls.KeepAlive, 1);
        SetOption(socket, SocketCalls.LevelTcp, SocketCalls.KeepAliveIdleSeconds, ProbeSeconds);
        SetOption(socket, SocketCalls.LevelTcp, SocketCalls.KeepAliveIntervalSeconds, ProbeSeconds);
        SetOption(socket, SocketCalls.LevelTcp, SocketCalls.KeepAliveProbes, ProbesMax);
    }

    public static void Close(int socket) => EpollCalls.Close(socket);

    private static IPEndPoint Decode(AddressFamily family, ReadOnlySpan<byte> bytes)
    {
        var address = new SocketAddress(family, bytes.Length);
        bytes.CopyTo(address.Buffer.Span);
        IPEndPoint template = family == AddressFamily.InterNetworkV6 ? new(IPAddress.IPv6Any, 0) : new(IPAddress.Any, 0);
        var endPoint = (IPEndPoint)template.Create(address);
        return endPoint.Address.IsIPv4MappedToIPv6 ? new(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
    }

    private static int LastError() => Marshal.GetLastPInvokeError();
}
