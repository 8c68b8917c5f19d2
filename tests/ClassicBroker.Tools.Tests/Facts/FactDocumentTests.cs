using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Tests.Facts;

/// <summary>One document in its three forms.</summary>
public sealed class FactDocumentTests
{
    private static string Format(string form, Exception? failure = null)
    {
        var document = new FactDocument(Enum.Parse<OutputForm>(form)) { Failure = failure };
        document.Set("clusterId", json => json.WriteStringValue("0-abc"));
        document.Add("topics", json =>
        {
            json.WriteString("name", "t");
            json.WriteMap("configs", [KeyValuePair.Create("cleanup.policy", "compact")]);
            json.WriteList("partitions", [new TopicPartition("t", 0), new TopicPartition("t", 1)], partition =>
            {
                json.WriteNumber("partition", partition.Partition);
                json.WriteNumbers("replicas", [1, 2]);
                json.WriteNumberOrNull("leader", partition.Partition == 0 ? 1 : null);
            });
        });
        document.Add("topics", json =>
        {
            json.WriteString("name", "true");
            json.WriteMap("configs", []);
            json.WriteList("partitions", Array.Empty<TopicPartition>(), _ => { });
        });
        document.AddList("groups");
        return document.ToString();
    }

    [Fact]
    public void Json_is_one_line() => Assert.Equal(
        """{"clusterId":"0-abc","topics":[{"name":"t","configs":{"cleanup.policy":"compact"},"partitions":[{"partition":0,"replicas":[1,2],"leader":1},"""
        + """{"partition":1,"replicas":[1,2],"leader":null}]},{"name":"true","configs":{},"partitions":[]}],"groups":[],"error":null}""" + "\n",
        Format("Json"));

    [Fact]
    public void A_table_shows_each_list_and_whose_its_inner_lists_are() => Assert.Equal(
        """
        TOPICS
        NAME  CONFIGS
        t     cleanup.policy=compact
        true  -

        PARTITIONS
        NAME  PARTITION  REPLICAS  LEADER
        t     0          1,2       1
        t     1          1,2       -

        CLUSTER-ID
        0-abc

        """,
        Format("Table"));

    [Fact]
    public void Yaml_quotes_what_would_be_taken_for_something_else() => Assert.Equal(
        """
        clusterId: "0-abc"
        topics:
          - name: t
            configs:
              cleanup.policy: compact
            partitions:
              - partition: 0
                replicas: [1, 2]
                leader: 1
              - partition: 1
                replicas: [1, 2]
                leader: null
          - name: "true"
            configs: {}
            partitions: []
        groups: []
        error: null

        """,
        Format("Yaml"));

    [Fact]
    public void An_error_is_told_by_what_the_broker_said()
    {
        var refused = JavaException.FromFuture(new KafkaException(ErrorCode.ClusterAuthorizationFailed, "Not you."));
        Assert.EndsWith(""","error":{"code":"CLUSTER_AUTHORIZATION_FAILED","message":"Not you."}}""" + "\n", Format("Json", refused));
        Assert.EndsWith("CLUSTER-ID  ERROR\n0-abc       code=CLUSTER_AUTHORIZATION_FAILED,message=Not you.\n", Format("Table", refused));
    }

    [Fact]
    public void Control_characters_do_not_reach_a_terminal()
    {
        var document = new FactDocument(OutputForm.Table);
        document.Add("groups", json => json.WriteString("group", "a\u001b[31m\nb"));
        Assert.Equal("GROUP\na\\u001b[31m\\u000ab\n", document.ToString());
    }
}
