using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Reassignment;

namespace ClassicBroker.Tools.Tests.Reassignment;

/// <summary>Reassignment files; the sentences are those of recorded runs of Kafka's tool.</summary>
public sealed class ReassignmentJsonTests
{
    [Fact]
    public void Replicas_and_their_directories_are_read()
    {
        var plan = ReassignmentJson.ParseExecutable(
            """{"version":1,"partitions":[{"topic":"t","partition":1,"replicas":[2,0],"log_dirs":["any","/d"]},{"topic":"t","partition":0,"replicas":[1]}]}""");
        Assert.Equal([new TopicPartition("t", 0), new TopicPartition("t", 1)], plan.Partitions.Keys);
        Assert.Equal([2, 0], plan.Partitions[new TopicPartition("t", 1)]);
        Assert.Equal([new ReplicaLogDir(new TopicPartition("t", 1), 0, "/d")], plan.LogDirs);
    }

    [Fact]
    public void An_assignment_is_written_as_Kafka_writes_it()
    {
        var assignment = new SortedDictionary<TopicPartition, IReadOnlyList<int>> { [new("second", 0)] = [2, 0] };
        Assert.Equal(
            """{"version":1,"partitions":[{"topic":"second","partition":0,"replicas":[2,0],"log_dirs":["any","any"]}]}""",
            ReassignmentJson.Format(assignment));
    }

    [Theory]
    [InlineData("AdminCommandFailedException: Partition reassignment list cannot be empty", """{"version":1,"partitions":[]}""")]
    [InlineData(
        "AdminCommandFailedException: Partition replica list cannot be empty",
        """{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[]}]}""")]
    [InlineData(
        "AdminCommandFailedException: Partition replica lists may not contain duplicate entries: second-0 contains multiple entries for 0",
        """{"version":1,"partitions":[{"topic":"second","partition":0,"replicas":[0,0]}]}""")]
    [InlineData("AdminOperationException: Not supported version field value 9", """{"version":9,"partitions":[]}""")]
    [InlineData(
        "AdminCommandFailedException: Size of replicas list [0, 1] is different from size of log dirs list [any] for partition t-0",
        """{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[0,1],"log_dirs":["any"]}]}""")]
    [InlineData("AdminOperationException", "nonsense")]
    [InlineData("AdminOperationException", "[1]")]
    [InlineData("AdminOperationException", """{"partitions":[{"topic":"t"}]}""")]
    [InlineData("AdminOperationException", """{"partitions":[{"topic":1,"partition":0,"replicas":[0]}]}""")]
    public void Plans_that_cannot_be_carried_out_are_refused(string failure, string json) =>
        Assert.StartsWith(
            "org.apache.kafka.server.common." + failure,
            JavaException.Describe(Assert.Throws<JavaFailure>(() => ReassignmentJson.ParseExecutable(json))));
}
