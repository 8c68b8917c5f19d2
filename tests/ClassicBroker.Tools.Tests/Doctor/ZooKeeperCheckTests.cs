using System.Text;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Tests.Doctor;

/// <summary>What ZooKeeper alone tells of a cluster.</summary>
public sealed class ZooKeeperCheckTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public ZooKeeperCheckTests()
    {
        _zooKeeper = new InMemoryZooKeeper(_time);
        Create("/cluster", "");
        Create("/cluster/id", """{"version":"1","id":"ours"}""");
        Create("/brokers", "");
        Create("/brokers/ids", "");
        Create("/brokers/ids/4", "");
    }

    private void Create(string path, string data)
    {
        var loop = _time.CreateLoop("setup");
        loop.Run(() => _zooKeeper.Connect(loop).CreateAsync(
            path, Encoding.UTF8.GetBytes(data), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
    }

    [Fact]
    public void A_cluster_without_a_controller_is_critical()
    {
        var run = ToolRun.Against(_zooKeeper, _time, "kafka-doctor", "--zookeeper", "zk:2181");
        Assert.Contains("No broker is controller.", run.Output);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void A_controller_that_is_not_registered_is_critical()
    {
        Create("/controller", """{"version":2,"brokerid":7,"timestamp":"1","kraftControllerEpoch":-1}""");
        var run = ToolRun.Against(_zooKeeper, _time, "kafka-doctor", "--zookeeper", "zk:2181");
        Assert.Contains("Controller 7 is not registered.", run.Output);
        Assert.Equal(2, run.ExitCode);
    }
}
