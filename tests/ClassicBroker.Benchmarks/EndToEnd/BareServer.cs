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

    /// <summary>
    /// As <see cref="Append"/>, and two others that append get the same bytes from this one's file; answers go out once both have answered.
    /// </summary>
    public static int Replicate(int port, string file, int first, int second)
    {
        using var followers = new BareFollowers(Connect(first), Connect(second));
        using var socket = Accept(port);
        using var output = File.OpenHandle(file, FileMode.Create, FileAccess.ReadWrite);
        var (connection, descriptor) = ((int)socket.Handle, (int)output.DangerousGetHandle());
        var buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        var answers = new Thread(() => followers.PassAnswers(connection));
        answers.Start();
        var position = 0L;
        while (true)
        {
            var received = recv(connection, buffer, BufferBytes, 0);
            if (received <= 0)
            {
                followers.End();
                answers.Join();
                return 0;
            }

            // Frames are not looked for: the followers do that, and their answers count them.
            if (pwrite(descriptor, buffer, received, position) != received
                || !SendFile(followers.First, descriptor, position, received)
                || !SendFile(followers.Second, descriptor, position, received))
            {
                return 1;
            }

            position += received;
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

            if (!SendFile(connection, descriptor, position, left))
            {
                return 1;
            }
        }

        return 0;
    }

    private static bool SendFile(int connection, int descriptor, long position, nint left)
    {
        while (left > 0)
        {
            var sent = sendfile(connection, descriptor, &position, left);
            if (sent <= 0)
            {
                return false;
            }

            left -= sent;
        }

        return true;
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

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
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

    /// <summary>
    /// Two that append what they are sent, and what they answer. Threading: one thread sends, one passes answers.
    /// </summary>
    private sealed class BareFollowers(Socket first, Socket second) : IDisposable
    {
        public int First => (int)first.Handle;

        public int Second => (int)second.Handle;

        /// <summary>Answers on <paramref name="connection"/> as many frames as both have answered, until the first says no more.</summary>
        public void PassAnswers(int connection)
        {
            var answers = (byte*)NativeMemory.Alloc(BufferBytes);
            var held = 0;
            while (true)
            {
                var received = recv(First, answers + held, BufferBytes - held, 0);
                if (received <= 0)
                {
                    return;
                }

                held += (int)received;
                var whole = held - (held % AnswerBytes);
                if (whole > 0 && (!ReceiveAll(Second, answers, whole) || send(connection, answers, whole, 0) != whole))
                {
                    return;
                }

                // All answers are alike: those of the one stand for those of the other, and a part of one for its rest.
                held -= whole;
            }
        }

        public void End()
        {
            first.Shutdown(SocketShutdown.Both);
            second.Shutdown(SocketShutdown.Both);
        }

        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
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
