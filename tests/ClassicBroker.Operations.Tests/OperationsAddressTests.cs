namespace ClassicBroker.Operations.Tests;

public sealed class OperationsAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9308", "http://127.0.0.1:9308")]
    [InlineData("HTTP://localhost:80/", "http://127.0.0.1:80")]
    [InlineData("http://[::1]:9308", "http://[::1]:9308")]
    [InlineData("http://:9308", "http://[::]:9308")]
    [InlineData("http://0.0.0.0:0", "http://0.0.0.0:0")]
    public void An_address_is_a_literal_localhost_or_every_interface(string text, string expected) =>
        Assert.Equal(expected, OperationsAddress.Parse(text).ToString());

    [Theory]
    [InlineData("127.0.0.1:9308")]
    [InlineData("https://127.0.0.1:9308")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:")]
    [InlineData("http://127.0.0.1:65536")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:9308/metrics")]
    [InlineData("http://broker.example:9308")]
    [InlineData("http://::1:9308")]
    [InlineData("http://[::1:9308")]
    [InlineData("")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => OperationsAddress.Parse(text));
}
