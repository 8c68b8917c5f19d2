using System.Buffers.Binary;
using ClassicBroker.Testing.Channels;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

public class LengthFieldFrameDecoderTests
{
    private const int FrameMax = 100_000;

    [Fact]
    public void Frames_come_out_the_same_however_the_stream_is_split()
    {
        byte[][] frames = [[1], [], [2, 3, 4, 5, 6], new byte[300]];
        var stream = Stream(frames);
        for (var first = 0; first < stream.Length; first++)
        {
            for (var second = first; second < stream.Length; second += 23)
            {
                var probe = new ProbeHandler();
                var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax), probe);
                channel.WriteInbound(stream.AsSpan(0, first));
                channel.WriteInbound(stream.AsSpan(first, second - first));
                channel.WriteInbound(stream.AsSpan(second));

                Assert.Equal(frames, probe.Reads);
            }
        }
    }

    [Fact]
    public void A_stream_that_comes_byte_by_byte_gives_its_frames()
    {
        byte[][] frames = [Pattern(70_000), [9], Pattern(20_000)];
        var probe = new ProbeHandler();
        var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax), probe);
        foreach (var value in Stream(frames))
        {
            channel.WriteInbound([value]);
        }

        Assert.Equal(frames, probe.Reads);
    }

    [Theory]
    [InlineData(-1, "Invalid receive (size = -1)")]
    [InlineData(int.MinValue, "Invalid receive (size = -2147483648)")]
    [InlineData(FrameMax + 1, "Invalid receive (size = 100001 larger than 100000)")]
    [InlineData(int.MaxValue, "Invalid receive (size = 2147483647 larger than 100000)")]
    public void A_length_nobody_may_send_ends_the_channel_with_a_typed_error(int length, string message)
    {
        foreach (var piecewise in new[] { false, true })
        {
            var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax));
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, length);

            var failure = Assert.Throws<InvalidReceiveException>(() =>
            {
                for (var i = 0; i < 4; i += piecewise ? 1 : 4)
                {
                    channel.WriteInbound(bytes.AsSpan(i, piecewise ? 1 : 4));
                }
            });

            Assert.Equal(message, failure.Message);
            Assert.Equal(length, failure.Length);
            Assert.False(channel.Open);
        }
    }

    [Fact]
    public void A_raised_limit_holds_for_the_next_frame()
    {
        var decoder = new LengthFieldFrameDecoder(10);
        var probe = new ProbeHandler { OnRead = (_, _) => decoder.FrameLengthMax = 1000 };
        var channel = new EmbeddedChannel(decoder, probe);

        channel.WriteInbound(Stream([new byte[10], new byte[1000]]));

        Assert.Equal(2, probe.Reads.Count);
    }

    [Fact]
    public void Frames_are_kept_while_reading_is_off_and_handed_up_in_order_after()
    {
        var probe = new ProbeHandler { OnRead = (context, _) => context.Transport().AutoRead = false };
        var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax), probe);
        byte[][] frames = [[1], [2], [3, 3], Pattern(500)];
        channel.WriteInbound(Stream(frames).AsSpan(0, 40));
        channel.WriteInbound(Stream(frames).AsSpan(40));
        for (var seen = 1; seen <= frames.Length; seen++)
        {
            Assert.Equal(frames[..seen], probe.Reads);
            channel.Run(() => channel.AutoRead = true);
        }
    }

    [Fact]
    public void Nothing_is_handed_up_after_the_channel_is_closed()
    {
        var probe = new ProbeHandler { OnRead = (context, _) => context.Close() };
        var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax), probe);

        channel.WriteInbound(Stream([[1], [2]]));

        Assert.Equal([[1]], probe.Reads);
        Assert.Equal(["added", "active", "read", "inactive", "removed"], probe.Take());
    }

    [Fact]
    public void A_whole_frame_is_handed_up_in_place_without_allocation()
    {
        var sum = 0;
        var decoder = new LengthFieldFrameDecoder(FrameMax);
        var channel = new EmbeddedChannel(decoder, new ReadCounter(bytes => sum += bytes.ReadableBytes));
        var received = channel.Allocator.Copy(Stream([new byte[100], new byte[200]]));
        var allocated = 0L;
        channel.Run(() =>
        {
            channel.Pipeline.FireChannelRead(received);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                received.SetReaderIndex(0);
                channel.Pipeline.FireChannelRead(received);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Equal(0, allocated);
        Assert.Equal(101 * 300, sum);
    }

    [Fact]
    public void What_is_reserved_follows_the_bytes_received_not_the_bytes_announced()
    {
        var decoder = new LengthFieldFrameDecoder(int.MaxValue);
        var channel = new EmbeddedChannel(decoder);
        var announced = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(announced, 60_000_000);
        channel.WriteInbound(announced.AsSpan(0, 4));
        Assert.Equal(0, Room());

        channel.WriteInbound(announced.AsSpan(4));
        Assert.InRange(Room(), 1, 32 * 1024);

        for (var received = 1; received < 1_000_000; received += 10_000)
        {
            Assert.InRange(Room(), 1, Math.Max(32 * 1024, 3 * received));
            channel.WriteInbound(new byte[10_000]);
        }

        int Room()
        {
            ((IReceiveLender)decoder).Lend(out var room);
            return room;
        }
    }

    [Fact]
    public void A_frame_that_is_kept_stays_as_it_was_and_is_missed_until_it_is_given_back()
    {
        byte[][] frames = [Pattern(10), Pattern(FrameMax), Pattern(30)];
        var kept = new List<IByteBuffer>();
        var channel = new EmbeddedChannel(
            new LengthFieldFrameDecoder(FrameMax), new ReadCounter(frame => kept.Add((IByteBuffer)frame.Retain())));
        foreach (var piece in Stream(frames).Chunk(40_000))
        {
            channel.WriteInbound(piece);
        }

        channel.WriteInbound(Stream([new byte[FrameMax], new byte[20]]));
        Assert.Equal(frames, kept.Take(3).Select(frame => frame.ReadableSpan().ToArray()));
        Assert.NotEqual(0, channel.BuffersOut);
        kept.ForEach(frame => frame.Release());

        Assert.Equal(0, channel.BuffersOut);
    }

    [Fact]
    public void A_frame_that_is_not_kept_is_the_decoders_again()
    {
        var seen = new List<IByteBuffer>();
        var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(FrameMax), new ReadCounter(seen.Add));
        channel.WriteInbound(Stream([Pattern(10), Pattern(20)]));

        Assert.All(seen, frame => Assert.Equal(0, frame.ReferenceCount));
        Assert.Equal(0, channel.BuffersOut);
    }

    private static byte[] Stream(byte[][] frames)
    {
        using var stream = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (var frame in frames)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, frame.Length);
            stream.Write(length);
            stream.Write(frame);
        }

        return stream.ToArray();
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];

    private sealed class ReadCounter(Action<IByteBuffer> read) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message) => read((IByteBuffer)message);
    }
}
