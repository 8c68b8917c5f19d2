using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace ClassicBroker.Testing.Security;

/// <summary>What those do to a SASL_SSL listener who have no business there, one connection each. Stateless.</summary>
public static class Stranger
{
    /// <summary>A record of a TLS handshake that announces 512 bytes, as a client's first one does.</summary>
    private static readonly byte[] HelloBegun = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3];

    /// <summary>Frames that are none or do not end, plain and behind a handshake.</summary>
    private static readonly byte[][] Hostile =
    [
        "GET / HTTP/1.1\r\nHost: kafka\r\n\r\n"u8.ToArray(), [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 4, 0, 3, 0, 0],
        [0, 0, 0, 14, 0, 0, 0, 3, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1],
        HalfFrame(512 * 1024),
    ];

    /// <summary>The longest frame that is taken from who is not authenticated, and of it a little more than half.</summary>
    public static byte[] HalfFrame(int length)
    {
        var half = new byte[sizeof(int) + (length / 2) + 1024];
        BinaryPrimitives.WriteInt32BigEndian(half, length);
        return half;
    }

    /// <summary>A connection from one of many addresses of this machine.</summary>
    /// <param name="port">Where the listener is.</param>
    /// <param name="address">From 1 to 250.</param>
    /// <param name="limit">Ends the attempt.</param>
    public static async Task<Socket> ConnectAsync(int port, int address, CancellationToken limit = default)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(new IPAddress(new byte[] { 127, 0, (byte)address, 1 }), 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, limit);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Ends when the broker has closed the connection, whose peer sends no more.</summary>
    public static async Task UntilClosedAsync(Socket socket, CancellationToken limit = default)
    {
        var buffer = new byte[256];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit) > 0)
            {
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // As good an end as any.
        }
    }

    /// <summary>Begins a handshake and goes on with it a byte at a time, until the broker has enough of it.</summary>
    public static async Task DripAsync(Socket socket, TimeSpan pause, CancellationToken limit)
    {
        var closed = UntilClosedAsync(socket, limit);
        try
        {
            await socket.SendAsync(HelloBegun, limit);
            while (!closed.IsCompleted)
            {
                await Task.Delay(pause, limit);
                await socket.SendAsync(new byte[1], limit);
            }
        }
        catch (SocketException)
        {
            // Closed while a byte was on its way.
        }

        await closed;
    }

    /// <summary>Sends one of the hostile frames, every other one behind a handshake, and ends when that has cost it the connection.</summary>
    public static async Task AttackAsync(Socket socket, int number, CancellationToken limit)
    {
        var frame = Hostile[number / 2 % Hostile.Length];
        if (number % 2 == 0)
        {
            await socket.SendAsync(frame, limit);
            await UntilClosedAsync(socket, limit);
            return;
        }

        await using var tls = await HandshakeAsync(socket, limit);
        await tls.WriteAsync(frame, limit);
        try
        {
            while (await tls.ReadAsync(new byte[256], limit) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset, which is an end too.
        }
    }

    /// <summary>A handshake that believes any certificate.</summary>
    public static async Task<SslStream> HandshakeAsync(Socket socket, CancellationToken limit)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, limit);
        return tls;
    }

    /// <summary>Logs in with the user's secret; returns the error code, or null where the connection was closed first.</summary>
    public static async Task<short?> LogInAsync(Socket socket, ScramUser user, CancellationToken limit)
    {
        try
        {
            await using var tls = await HandshakeAsync(socket, limit);
            return await user.LogInAsync(tls, limit);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
