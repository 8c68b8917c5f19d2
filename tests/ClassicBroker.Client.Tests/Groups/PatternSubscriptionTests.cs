using System.Text.RegularExpressions;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Client.Tests.Groups;

/// <summary>Subscriptions by pattern, and partitions that come to topics later, with a broker of ours.</summary>
public sealed class PatternSubscriptionTests
{
    private readonly GroupBroker _broker = new();
    private readonly ClientNetwork _network;
    private readonly ManualEventLoop _loop;

    public PatternSubscriptionTests() => _network = _broker.NewNetwork(out _loop);

    private void Admin(Func<AdminClient, Task> work) => _broker.Await(_loop.InvokeAsync(async () =>
    {
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = GroupBroker.Bootstrap }, _network);
        await work(admin);
    }));

    private void Create(params string[] topics) => Admin(async admin =>
    {
        foreach (var created in await admin.CreateTopicsAsync(
            [.. topics.Select(topic => new NewTopic(topic) { Partitions = 1, ReplicationFactor = 1 })]))
        {
            created.ThrowIfFailed();
        }
    });

    private void Settle() => _broker.Time.AdvanceMs(15_000);

    private static IEnumerable<string> Topics(GroupConsumer member) =>
        member.Consumer.Assigned.Select(partition => $"{partition}");

    [Fact]
    public void Topics_whose_whole_name_fits_are_read_and_later_ones_join_within_the_age_of_metadata()
    {
        Create("orders", "orders.eu", "my.orders", "other");
        var member = new GroupConsumer(_broker, ("metadata.max.age.ms", "3000")).Start(new Regex("orders|orders[.].*"));
        Settle();
        Assert.Equal(["orders-0", "orders.eu-0"], Topics(member));
        Assert.Equal(["orders", "orders.eu"], member.Consumer.Subscription);

        Create("orders.us", "others");
        Settle();
        Assert.Equal(["orders-0", "orders.eu-0", "orders.us-0"], Topics(member));

        Admin(async admin => (await admin.DeleteTopicsAsync(["orders.eu"]))[0].ThrowIfFailed());
        Settle();
        Admin(async admin => Assert.DoesNotContain("orders.eu", (await admin.ListTopicsAsync()).Select(topic => topic.Name)));
        Assert.Equal(["orders", "orders.us"], member.Consumer.Subscription);
        Assert.Equal(["orders-0", "orders.us-0"], Topics(member));
        member.Close();
    }

    [Fact]
    public void Internal_topics_are_left_out_unless_they_are_asked_for()
    {
        Create("t");
        var member = new GroupConsumer(_broker).Start(new Regex(".*"));
        Settle();
        Assert.Equal(["t-0"], Topics(member));
        member.Close();
        var curious = new GroupConsumer(_broker, ("exclude.internal.topics", "false")).Start(new Regex(".*"));
        Settle();
        Assert.Equal(["__consumer_offsets-0", "t-0"], Topics(curious));
        curious.Close();
    }

    [Fact]
    public void Partitions_that_a_topic_gets_are_read_within_the_age_of_metadata()
    {
        Create("t");
        var member = new GroupConsumer(_broker, ("metadata.max.age.ms", "3000")).Start("t");
        Settle();
        Assert.Equal(["t-0"], Topics(member));
        Admin(async admin => (await admin.CreatePartitionsAsync("t", 3)).ThrowIfFailed());
        Settle();
        Assert.Equal(["t-0", "t-1", "t-2"], Topics(member));
        member.Close();
    }
}
