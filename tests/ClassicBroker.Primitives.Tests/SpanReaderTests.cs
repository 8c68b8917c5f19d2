using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

public sealed class SpanReaderTests
{
    [Fact]
    public void Values_come_back_as_written()
    {
        var buffer = new byte[64];
        var writer = new SpanWriter(buffer);
        writer.WriteByte(0xFE);
        writer.WriteInt8(-2);
        writer.WriteInt16(-3);
        writer.WriteInt32(-4);
        writer.WriteUInt32(0xFFFF_FFFB);
        writer.WriteInt64(-6);
        writer.WriteVarint(-7);
        writer.WriteVarlong(-8);
        writer.WriteBytes("end"u8);

        var reader = new SpanReader(buffer.AsSpan(0, writer.Position));
        Assert.Equal(0xFE, reader.ReadByte());
        Assert.Equal(-2, reader.ReadInt8());
        Assert.Equal(-3, reader.ReadInt16());
        Assert.Equal(-4, reader.ReadInt32());
        Assert.Equal(0xFFFF_FFFBu, reader.ReadUInt32());
        Assert.Equal(-6, reader.ReadInt64());
        Assert.Equal(-7, reader.ReadVarint());
        Assert.Equal(-8, reader.ReadVarlong());
        Assert.Equal("end"u8.ToArray(), reader.Take(3).ToArray());
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void Reading_past_the_end_is_malformed_data()
    {
        Assert.Throws<MalformedDataException>(() => new SpanReader([1, 2, 3]).ReadInt32());
        Assert.Throws<MalformedDataException>(() => new SpanReader([0x80]).ReadVarint());
        Assert.Throws<MalformedDataException>(() => new SpanReader([1]).Take(-1).Length);
    }
}
