namespace ClassicBroker.ZooKeeper.Tests;

public sealed class ZooKeeperConnectStringTests
{
    [Theory]
    [InlineData("localhost", "localhost:2181", "")]
    [InlineData("h:2182", "h:2182", "")]
    [InlineData("a:1, b:2 ,c", "a:1,b:2,c:2181", "")]
    [InlineData("a:1,b:2/kafka", "a:1,b:2", "/kafka")]
    [InlineData("a:1/kafka/one", "a:1", "/kafka/one")]
    [InlineData("a:1/", "a:1", "")]
    [InlineData("[::1]:2182,[fe80::1]", "[::1]:2182,[fe80::1]:2181", "")]
    [InlineData("::1", "[::1]:2181", "")]
    public void Servers_and_chroot_are_told_apart(string text, string servers, string chroot)
    {
        var parsed = ZooKeeperConnectString.Parse(text);
        Assert.Equal(servers, string.Join(',', parsed.Servers));
        Assert.Equal(chroot, parsed.Chroot);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/kafka")]
    [InlineData("h:0")]
    [InlineData("h:65536")]
    [InlineData("h:x")]
    [InlineData(":2181")]
    [InlineData("h:1/a//b")]
    [InlineData("h:1/a/")]
    public void What_is_no_connection_string_is_named(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => ZooKeeperConnectString.Parse(text)).Message, StringComparison.Ordinal);
}
