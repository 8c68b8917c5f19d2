using ClassicBroker.Primitives;

namespace ClassicBroker.ZooKeeper.Server.Tests;

public sealed class ZooKeeperServerConfigParserTests
{
    private readonly List<string> _warnings = [];

    [Fact]
    public void Kafkas_own_file_is_understood()
    {
        var config = Parse("# a comment\ndataDir=/tmp/zookeeper\n\nclientPort=2181\nmaxClientCnxns=0\nadmin.enableServer=false\n");

        Assert.Equal("/tmp/zookeeper", config.DataDir);
        Assert.Equal("/tmp/zookeeper", config.DataLogDir);
        Assert.Equal((2181, 0, 3000, 6000, 60_000), (config.ClientPort, config.MaxClientCnxns, config.TickTimeMs, config.MinSessionTimeoutMs, config.MaxSessionTimeoutMs));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Session_bounds_follow_the_tick_unless_set()
    {
        var config = Parse("dataDir=/d\ntickTime=100\nmaxSessionTimeout=9000\nminSessionTimeout=-1");
        Assert.Equal((200, 9000), (config.MinSessionTimeoutMs, config.MaxSessionTimeoutMs));
    }

    [Fact]
    public void Unknown_keys_warn()
    {
        Parse("dataDir=/d\ntickTiem=5\ninitLimit=10");
        Assert.Equal(["Unknown key tickTiem in the ZooKeeper configuration"], _warnings);
    }

    [Theory]
    [InlineData("dataDir : /d", "/d")]
    [InlineData("dataDir /d", "/d")]
    [InlineData("dataDir=/a\\\n    /b", "/a/b")]
    [InlineData("  dataDir = C\\:\\\\x\\u0041", "C:\\xA")]
    public void Properties_are_read_as_Java_reads_them(string text, string expected) => Assert.Equal(expected, Parse(text).DataDir);

    [Theory]
    [InlineData("clientPort=70000", "clientPort=70000")]
    [InlineData("snapCount=1", "snapCount=1")]
    [InlineData("tickTime=", "dataDir is missing")]
    public void What_is_wrong_is_named(string line, string named)
    {
        var text = named.StartsWith("dataDir", StringComparison.Ordinal) ? line : "dataDir=/d\n" + line;
        Assert.Contains(named, Assert.Throws<MalformedDataException>(() => Parse(text)).Message, StringComparison.Ordinal);
    }

    private ZooKeeperServerConfig Parse(string text) => ZooKeeperServerConfigParser.Parse(JavaProperties.Parse(text), _warnings.Add);
}
