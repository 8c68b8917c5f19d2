using ClassicBroker.Tools.ZooKeeperShell;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Tests.ZooKeeperShell;

public sealed class ShellTests
{
    [Fact]
    public void Lines_split_at_spaces_outside_of_quotes() =>
        Assert.Equal(["create", "/a", "two words", "", "it's"], ShellArguments.Split("create  /a 'two words' '' \"it's\" "));

    [Fact]
    public void Flags_may_stand_anywhere_and_take_values()
    {
        var arguments = new ShellArguments("usage", "sv:", ["-s", "/a", "-v", "3", "data"], 2);
        Assert.Equal((true, 3, "/a"), (arguments.Has('s'), arguments.Number('v', -1), arguments.Path));
        Assert.Equal(["/a", "data"], arguments.Words);
        Assert.Equal("usage", Assert.Throws<ShellException>(() => new ShellArguments("usage", "s", ["-x", "/a"], 1)).Message);
        Assert.Throws<ShellException>(() => new ShellArguments("usage", "s", [], 1));
    }

    [Fact]
    public void Acls_are_read_and_printed()
    {
        var acl = ShellText.ParseAcl("world:anyone:cdrwa,digest:u:hash:r");
        Assert.Equal(new ZnodeAcl(ZnodePermissions.All, "world", "anyone"), acl[0]);
        Assert.Equal(new ZnodeAcl(ZnodePermissions.Read, "digest", "u:hash"), acl[1]);
        using var output = new StringWriter { NewLine = "\n" };
        ShellText.WriteAcl(output, acl);
        Assert.Equal("'world,'anyone\n: cdrwa\n'digest,'u:hash\n: r\n", output.ToString());
    }

    [Fact]
    public void Stats_are_printed_as_the_Apache_shell_prints_them()
    {
        using var output = new StringWriter { NewLine = "\n" };
        ShellText.WriteStat(output, new ZnodeStat(0x1f, 0x20, 0, 0, 3, 1, 0, 0, 5, 2, 0x21), TimeZoneInfo.Utc);
        Assert.StartsWith("cZxid = 0x1f\nctime = Thu Jan 01 00:00:00 UTC 1970\nmZxid = 0x20\n", output.ToString());
        Assert.EndsWith("dataVersion = 3\naclVersion = 0\nephemeralOwner = 0x0\ndataLength = 5\nnumChildren = 2\n", output.ToString());
    }

    [Fact]
    public void Refusals_are_told_in_the_words_scripts_know()
    {
        Assert.Equal("Node does not exist: /x", ShellText.Describe(new ZooKeeperException(ZooKeeperError.NoNode, "/x")));
        Assert.Equal("Node already exists: /x", ShellText.Describe(new ZooKeeperException(ZooKeeperError.NodeExists, "/x")));
    }
}
