using System.Text;

namespace ClassicBroker.Protocol.Tests;

public sealed class NameTableTests
{
    private readonly NameTable _names = new();

    [Theory]
    [InlineData("orders")]
    [InlineData("größe")]
    [InlineData("a name 😀")]
    public void Equal_bytes_are_one_string(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var first = _names.Find(bytes);
        Assert.Equal(name, first);
        Assert.Same(first, _names.Find([.. bytes]));
        Assert.NotSame(first, _names.Find("another"u8));
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(32_767)]
    public void Names_of_every_length_are_found_again(int length)
    {
        var bytes = Enumerable.Repeat((byte)'x', length).ToArray();
        Assert.Equal(new string('x', length), _names.Find(bytes));
        Assert.Same(_names.Find(bytes), _names.Find(bytes));
    }

    [Fact]
    public void No_bytes_are_the_empty_string() => Assert.Same("", _names.Find([]));

    [Fact]
    public void Bytes_that_are_not_utf8_are_replaced_as_in_strings_of_the_protocol() =>
        Assert.Equal(Encoding.UTF8.GetString([(byte)'a', 0xFF, (byte)'b']), _names.Find([(byte)'a', 0xFF, (byte)'b']));
}
