using System.Text;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper.Server.Tests.Conformance;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>Apache's own command-line client against our server.</summary>
public sealed class ApacheCommandLineTests(ClassicZooKeeper server) : IClassFixture<ClassicZooKeeper>
{
    [Fact]
    public async Task Its_commands_work_as_against_Apache()
    {
        RealZooKeeperNode.RequirePackage();
        string[] commands =
        [
            "create /cli one", "create -s -e /cli-e two", "get -s /cli", "set /cli three", "get /cli", "create /cli/a", "create /cli/a/b", "ls -R /cli",
            "stat /cli", "getAcl /cli", "addauth digest u:p", "setAcl /cli auth::crdwa", "getAcl /cli", "getEphemerals", "getAllChildrenNumber /cli",
            "addWatch -m PERSISTENT /cli", "set /cli four", "removewatches /cli", "delete /cli/a/b", "deleteall /cli", "ls /", "sync /", "whoami", "quit",
        ];
        var outcome = await ChildProcess.RunAsync(
            "/usr/bin/java",
            ["-cp", RealZooKeeperNode.ClassPath, "-Dzookeeper.root.logger=ERROR,CONSOLE", "org.apache.zookeeper.ZooKeeperMain", "-server", $"127.0.0.1:{server.Port}"],
            Encoding.UTF8.GetBytes(string.Join('\n', commands) + "\n"));
        var said = outcome.Text + outcome.StandardError;

        Assert.Equal(0, outcome.ExitCode);
        foreach (var expected in Expected)
        {
            Assert.Contains(expected, said, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
        Assert.DoesNotContain("failed", said, StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> Expected =>
    [
        "Created /cli\n", "Created /cli-e0000000001", "one\n", "dataVersion = 0", "three\n", "/cli/a/b\n", "dataVersion = 1", "numChildren = 1",
        "'world,'anyone\n: cdrwa", "'digest,'u:", "[/cli-e0000000001]", "NodeDataChanged", "[cli-e0000000001, zookeeper]", "ip: 127.0.0.1",
    ];
}
