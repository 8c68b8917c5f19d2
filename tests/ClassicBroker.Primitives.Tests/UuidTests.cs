using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

public sealed class UuidTests
{
    [Fact]
    public void Text_and_bytes_round_trip()
    {
        var uuid = Uuid.FromRandom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        Assert.Equal(22, uuid.ToString().Length);
        Assert.True(Uuid.TryParse(uuid.ToString(), out var parsed));
        Assert.Equal(uuid, parsed);
        Span<byte> bytes = stackalloc byte[Uuid.Size];
        uuid.Write(bytes);
        Assert.Equal(uuid, Uuid.Read(bytes));
    }

    [Fact]
    public void Random_ids_carry_version_4_and_the_standard_variant()
    {
        var uuid = Uuid.FromRandom(Enumerable.Repeat((byte)0xFF, Uuid.Size).ToArray());
        Assert.Equal(4, (uuid.MostSignificant >> 12) & 0xF);
        Assert.Equal(0b10, (int)((ulong)uuid.LeastSignificant >> 62));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA+/")]
    public void Anything_but_22_characters_of_url_safe_base64_is_refused(string text) => Assert.False(Uuid.TryParse(text, out _));

    [Fact]
    public void Zero_is_all_zero() => Assert.Equal("AAAAAAAAAAAAAAAAAAAAAA", Uuid.Zero.ToString());
}
