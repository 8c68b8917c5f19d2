using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

/// <summary>Published check values, and agreement of the fast paths with the bitwise definition at every length and split.</summary>
public sealed class ChecksumTests
{
    private static readonly byte[] Digits = Encoding.ASCII.GetBytes("123456789");

    [Fact]
    public void Crc32C_has_the_published_check_value() => Assert.Equal(0xE3069283u, Crc32C.Compute(Digits));

    /// <summary>RFC 3720, appendix B.4.</summary>
    [Fact]
    public void Crc32C_agrees_with_the_iscsi_vectors()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(value => (byte)value).ToArray()));
    }

    [Fact]
    public void Fast_paths_agree_with_the_definition_at_every_length()
    {
        var data = new byte[7000];
        new Random(3).NextBytes(data);
        foreach (var length in Enumerable.Range(0, 70).Concat([1023, 1024, 3071, 3072, 3073, 3080, 6144, 6999, 7000]))
        {
            Assert.Equal(Bitwise(data.AsSpan(0, length)), Crc32C.Compute(data.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Crc32C_continues_where_it_stopped()
    {
        var data = new byte[5000];
        new Random(4).NextBytes(data);
        foreach (var split in new[] { 0, 1, 7, 3072, 3073, 5000 })
        {
            Assert.Equal(Crc32C.Compute(data), Crc32C.Append(Crc32C.Compute(data.AsSpan(0, split)), data.AsSpan(split)));
        }
    }

    private static uint Bitwise(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }
}
