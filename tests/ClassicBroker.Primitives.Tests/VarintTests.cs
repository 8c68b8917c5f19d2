using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

public sealed class VarintTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(63, "7E")]
    [InlineData(64, "8001")]
    [InlineData(-65, "8101")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(int.MinValue, "FFFFFFFF0F")]
    public void Int32_is_zigzag_low_bits_first(int value, string hex)
    {
        Span<byte> buffer = stackalloc byte[Varint.MaxInt32Length];
        var written = Varint.Write(buffer, value);
        Assert.Equal(hex, Convert.ToHexString(buffer[..written]));
        Assert.Equal(written, Varint.Length(value));
        Assert.True(Varint.TryRead(buffer[..written], out int read, out var length));
        Assert.Equal((value, written), (read, length));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(1L << 34)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Int64_comes_back_in_the_length_foretold(long value)
    {
        Span<byte> buffer = stackalloc byte[Varint.MaxInt64Length];
        var written = Varint.Write(buffer, value);
        Assert.Equal(written, Varint.Length(value));
        Assert.True(Varint.TryRead(buffer[..written], out long read, out var length));
        Assert.Equal((value, written), (read, length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("FFFFFFFF")]
    [InlineData("FFFFFFFFFF0F")]
    public void Truncated_and_overlong_int32_is_refused(string hex) =>
        Assert.False(Varint.TryRead(Convert.FromHexString(hex), out int _, out _));

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF01")]
    public void Truncated_and_overlong_int64_is_refused(string hex) =>
        Assert.False(Varint.TryRead(Convert.FromHexString(hex), out long _, out _));

    [Fact]
    public void Unsigned_lengths_change_at_each_seventh_bit()
    {
        for (var bit = 0; bit < 32; bit++)
        {
            Assert.Equal((bit / 7) + 1, Varint.UnsignedLength(1u << bit));
        }
    }
}
