using System.Net;

namespace ClassicBroker.Primitives.Tests;

public sealed class JavaAddressTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("::1", "0:0:0:0:0:0:0:1")]
    [InlineData("2001:DB8::1", "2001:db8:0:0:0:0:0:1")]
    [InlineData("2001:db8::ff00:42:8329", "2001:db8:0:0:0:ff00:42:8329")]
    [InlineData("fe80::1%3", "fe80:0:0:0:0:0:0:1%3")]
    public void Addresses_are_what_java_prints(string address, string text) =>
        Assert.Equal(text, JavaAddress.TextOf(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("2001:db8::1")]
    public void The_text_of_one_address_object_is_made_once(string text)
    {
        var address = IPAddress.Parse(text);
        Assert.Same(JavaAddress.TextOf(address), JavaAddress.TextOf(address));
    }
}
