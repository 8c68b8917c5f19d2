using System.Buffers.Binary;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Fuzzing;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests.Fuzz;

/// <summary>
/// Streams of frames bent at random and received in pieces: the frames that come up are those of a splitter that has the whole stream
/// before it, and a length that may not be ends the channel.
/// </summary>
public sealed class FrameStreamFuzzTests(ITestOutputHelper output)
{
    private const int FrameMax = 1000;

    [Fact]
    public void Streams_of_frames()
    {
        byte[][] samples = [[3, 0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3], [1, 0, 0, 0, 40, .. new byte[40], 0, 0, 0, 2, 7, 7], [7, 0, 0, 3, 232, .. new byte[100]]];
        output.WriteLine(new FuzzCampaign(samples, [], Attempt, typeof(InvalidReceiveException)) { AllocatedMax = 128 * 1024 }.Run());
    }

    /// <summary>The first byte says how long the pieces are.</summary>
    private static int Attempt(byte[] input)
    {
        var piece = input.Length == 0 ? 1 : 1 + (input[0] & 15);
        var stream = input.AsSpan(Math.Min(1, input.Length)).ToArray();
        var (frames, isRefused) = Split(stream);
        var sink = new Sink();
        var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax), sink);
        InvalidReceiveException? refusal = null;
        for (var at = 0; at < stream.Length && refusal is null; at += piece)
        {
            try
            {
                channel.WriteInbound(stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
            }
            catch (InvalidReceiveException refused)
            {
                refusal = refused;
            }
        }

        if (!frames.SelectMany(frame => frame).SequenceEqual(sink.Frames.SelectMany(frame => frame)) || frames.Count != sink.Frames.Count)
        {
            throw new InvalidOperationException($"{sink.Frames.Count} frames came up where there are {frames.Count}");
        }

        return refusal is null == isRefused
            ? throw new InvalidOperationException(isRefused ? "a length that may not be was taken" : "a good length was refused")
            : (frames.Count * 31) + (isRefused ? 1 : 0);
    }

    private static (List<byte[]> Frames, bool IsRefused) Split(byte[] stream)
    {
        List<byte[]> frames = [];
        var at = 0;
        while (stream.Length - at >= 4)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(at));
            if (length is < 0 or > FrameMax)
            {
                return (frames, true);
            }

            if (stream.Length - at - 4 < length)
            {
                break;
            }

            frames.Add(stream[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }

        return (frames, false);
    }

    /// <summary>Keeps the frames that come up, and leaves exceptions to the channel.</summary>
    private sealed class Sink : TransportHandler
    {
        public List<byte[]> Frames { get; } = [];

        public override void ChannelRead(IChannelHandlerContext context, object message) =>
            Frames.Add(((IByteBuffer)message).ReadableSpan().ToArray());
    }
}
