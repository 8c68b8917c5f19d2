using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

/// <summary>Hashes whose values are part of the contract with Java clients and brokers.</summary>
public sealed class HashTests
{
    /// <summary>Values that Java's Utils.murmur2 gives, as its own unit test lists them.</summary>
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    public void Murmur2_agrees_with_java(string key, int hash) => Assert.Equal(hash, Murmur2.Hash(Encoding.UTF8.GetBytes(key)));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 97)]
    [InlineData("console-consumer-1", 35782224)]
    [InlineData("polygenelubricants", int.MinValue)]
    public void String_hash_agrees_with_java(string text, int hash) => Assert.Equal(hash, JavaHash.OfString(text));

    [Fact]
    public void Absolute_value_of_the_smallest_integer_is_zero()
    {
        Assert.Equal(0, JavaHash.Abs(int.MinValue));
        Assert.Equal(5, JavaHash.Abs(-5));
    }
}
