using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// What this machine can do at best: one thread, one connection, system calls only. <see cref="Append"/> reads length-prefixed frames
/// and appends each to a file, answering those that came together in one send; <see cref="Send"/> answers each frame with a stretch of a file by
/// <c>sendfile</c>. No checksum, no offset, no protocol. The broker's rows are printed as shares of these.
/// </summary>
internal static unsafe partial class BareServer
{
    private const int AnswerBytes = 48;
    private const int BufferBytes = 1 << 20;

    /// <summary>Frames that one receive may complete.</summary>
    private const int AnswersMax = 1024;

    public static int Append(int port, string file)
    {
        using var socket = Accept(port);
        using var output = File.OpenHandle(file, FileMode.Create, FileAccess.Write);
        var (connection, descriptor) = ((int)socket.Handle, (int)output.DangerousGetHandle());
        var buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        var answers = stackalloc byte[AnswersMax * AnswerBytes];
        FillAnswers(answers);
        var (position, held) = (0L, 0);
        while (true)
        {
            var received = recv(connection, buffer + held, BufferBytes - held, 0);
            if (received <= 0)
            {
                return 0;
            }

            held += (int)received;
            var (start, frames) = (0, 0);
            while (held - start >= 4)
            {
                var length = 4 + BinaryPrimitives.ReadInt32BigEndian(new ReadOnlySpan<byte>(buffer + start, 4));
                if (held - start < length)
                {
                    break;
                }

                if (pwrite(descriptor, buffer + start + 4, length - 4, position) != length - 4)
                {
                    return 1;
                }

                position += length - 4;
                start += length;
                frames++;
            }

            Buffer.MemoryCopy(buffer + start, buffer, BufferBytes, held - start);
            held -= start;
            if (frames > 0 && send(connection, answers, frames * AnswerBytes, 0) != frames * AnswerBytes)
            {
                return 1;
            }
        }
    }

    /// <summary>A request is a frame of 8 bytes: position within the file; the answer is a length and that many bytes of the file.</summary>
    public static int Send(int port, string file)
    {
        using var socket = Accept(port);
        using var input = File.OpenHandle(file);
        var (connection, descriptor) = ((int)socket.Handle, (int)input.DangerousGetHandle());
        var request = stackalloc byte[16];
        var answer = stackalloc byte[4];
        while (ReceiveAll(connection, request, 16))
        {
            var position = BinaryPrimitives.ReadInt64BigEndian(new ReadOnlySpan<byte>(request + 4, 8));
            var left = BinaryPrimitives.ReadInt32BigEndian(new ReadOnlySpan<byte>(request + 12, 4));
            BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(answer, 4), left);
            if (send(connection, answer, 4, 0x8000) != 4)
            {
                return 1;
            }

            while (left > 0)
            {
                var sent = sendfile(connection, descriptor, &position, left);
                if (sent <= 0)
                {
                    return 1;
                }

                left -= (int)sent;
            }
        }

        return 0;
    }

    private static void FillAnswers(byte* answers)
    {
        new Span<byte>(answers, AnswersMax * AnswerBytes).Clear();
        for (var i = 0; i < AnswersMax; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(answers + (i * AnswerBytes), 4), AnswerBytes - 4);
        }
    }

    private static Socket Accept(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        Console.WriteLine("listening");
        var socket = listener.Accept();
        socket.NoDelay = true;
        return socket;
    }

    private static bool ReceiveAll(int connection, byte* buffer, int count)
    {
        while (count > 0)
        {
            var received = recv(connection, buffer, count, 0);
            if (received <= 0)
            {
                return false;
            }

            buffer += received;
            count -= (int)received;
        }

        return true;
    }

    [LibraryImport("libc")]
    private static partial nint recv(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc")]
    private static partial nint send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc")]
    private static partial nint pwrite(int file, byte* buffer, nint length, long position);

    [LibraryImport("libc")]
    private static partial nint sendfile(int socket, int file, long* position, nint length);
}
