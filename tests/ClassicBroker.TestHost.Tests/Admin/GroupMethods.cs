using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>Methods about groups. Stateless.</summary>
internal static class GroupMethods
{
    private static readonly TopicPartition Somewhere = new("somewhere", 0);

    public static readonly Dictionary<string, AdminMethod> All = new()
    {
        [nameof(AdminClient.ListGroupsAsync)] = new(
            (admin, cancellation) => admin.ListGroupsAsync(cancellation: cancellation),
            async broker =>
            {
                var group = await broker.NewGroupAsync(await broker.NewTopicAsync(records: 1));
                Assert.Equal("Empty", (await broker.Admin.ListGroupsAsync()).ThrowIfFailed().Single(listed => listed.GroupId == group).State);
                Assert.DoesNotContain(group, (await broker.Admin.ListGroupsAsync(states: ["Stable"])).ThrowIfFailed().Select(listed => listed.GroupId));
            },
            Wrong: null),
        [nameof(AdminClient.DescribeGroupAsync)] = new(
            (admin, cancellation) => admin.DescribeGroupAsync("g", cancellation),
            async broker =>
            {
                var (consumer, group) = await JoinAsync(broker);
                await using (consumer)
                {
                    var described = await broker.Admin.DescribeGroupAsync(group);
                    Assert.Equal(("Stable", "range"), (described.State, described.Protocol));
                    Assert.Equal(consumer.Assigned, Assert.Single(described.Members).Assigned);
                }
            },
            async broker => Assert.Equal("Dead", (await broker.Admin.DescribeGroupAsync("absent")).State)),
        [nameof(AdminClient.ListGroupOffsetsAsync)] = new(
            (admin, cancellation) => admin.ListGroupOffsetsAsync("g", cancellation),
            async broker =>
            {
                var partition = await broker.NewTopicAsync(records: 1);
                var group = await broker.NewGroupAsync(partition);
                var offset = (await broker.Admin.ListGroupOffsetsAsync(group))[partition];
                Assert.Equal((1, "note"), (offset.Offset, offset.Metadata));
                var asked = await broker.Admin.ListGroupOffsetsAsync(group, [partition, Somewhere]);
                Assert.Equal(2, asked.Count);
                Assert.Equal(offset, asked[partition]);
                Assert.Null(asked[Somewhere]);
            },
            async broker =>
            {
                Assert.Empty(await broker.Admin.ListGroupOffsetsAsync("absent"));
                Assert.Null((await broker.Admin.ListGroupOffsetsAsync("absent", [Somewhere]))[Somewhere]);
            }),
        [nameof(AdminClient.AlterGroupOffsetsAsync)] = new(
            (admin, cancellation) => admin.AlterGroupOffsetsAsync("g", At(Somewhere), cancellation),
            async broker => await broker.NewGroupAsync(await broker.NewTopicAsync(records: 1)),
            async broker =>
            {
                var (consumer, group) = await JoinAsync(broker);
                await using (consumer)
                {
                    Refused.With(
                        ErrorCode.UnknownMemberId, Assert.Single(await broker.Admin.AlterGroupOffsetsAsync(group, At(consumer.Assigned[0]))).Failure);
                }

                var results = await broker.Admin.AlterGroupOffsetsAsync(
                    broker.NewName(), new Dictionary<TopicPartition, GroupOffset> { [Somewhere] = new(0, -1, ""), [await broker.NewTopicAsync()] = new(0, -1, "") });
                Refused.With(ErrorCode.UnknownTopicOrPartition, results.Single(result => result.Partition == Somewhere).Failure);
                Assert.Null(results.Single(result => result.Partition != Somewhere).Failure);
            }),
        [nameof(AdminClient.DeleteGroupOffsetsAsync)] = new(
            (admin, cancellation) => admin.DeleteGroupOffsetsAsync("g", [Somewhere], cancellation),
            async broker =>
            {
                var partition = await broker.NewTopicAsync(records: 1);
                var group = await broker.NewGroupAsync(partition);
                Assert.Null(Assert.Single(await broker.Admin.DeleteGroupOffsetsAsync(group, [partition])).Failure);
                Assert.Empty(await broker.Admin.ListGroupOffsetsAsync(group));
            },
            async broker =>
            {
                await Refused.With(ErrorCode.GroupIdNotFound, () => broker.Admin.DeleteGroupOffsetsAsync("absent", [Somewhere]));
                var (consumer, group) = await JoinAsync(broker);
                await using (consumer)
                {
                    Refused.With(
                        ErrorCode.GroupSubscribedToTopic,
                        Assert.Single(await broker.Admin.DeleteGroupOffsetsAsync(group, [consumer.Assigned[0]])).Failure);
                }
            }),
        [nameof(AdminClient.RemoveGroupMembersAsync)] = new(
            (admin, cancellation) => admin.RemoveGroupMembersAsync("g", [], cancellation),
            async broker =>
            {
                var (consumer, group) = await JoinAsync(broker);
                await using (consumer)
                {
                    var members = (await broker.Admin.DescribeGroupAsync(group)).Members;
                    Assert.Null(Assert.Single(await broker.Admin.RemoveGroupMembersAsync(group, members)).Failure);
                    Assert.Equal("Empty", (await broker.Admin.DescribeGroupAsync(group)).State);
                }
            },
            async broker =>
            {
                var (consumer, group) = await JoinAsync(broker);
                await using (consumer)
                {
                    GroupMember[] members = [new("absent", null, "", "", []), .. (await broker.Admin.DescribeGroupAsync(group)).Members];
                    var removed = await broker.Admin.RemoveGroupMembersAsync(group, members);
                    Refused.With(ErrorCode.UnknownMemberId, removed.Single(result => result.Name == "absent").Failure);
                    Assert.Null(removed.Single(result => result.Name != "absent").Failure);
                }
            }),
        [nameof(AdminClient.DeleteGroupAsync)] = new(
            (admin, cancellation) => admin.DeleteGroupAsync("g", cancellation),
            async broker =>
            {
                var group = await broker.NewGroupAsync(await broker.NewTopicAsync(records: 1));
                Assert.Null((await broker.Admin.DeleteGroupAsync(group)).Failure);
                Assert.DoesNotContain(group, (await broker.Admin.ListGroupsAsync()).ThrowIfFailed().Select(listed => listed.GroupId));
            },
            async broker =>
            {
                Refused.With(ErrorCode.GroupIdNotFound, (await broker.Admin.DeleteGroupAsync("absent")).Failure);
                var (consumer, group) = await JoinAsync(broker);
                await using (consumer)
                {
                    Refused.With(ErrorCode.NonEmptyGroup, (await broker.Admin.DeleteGroupAsync(group)).Failure);
                }
            }),
    };

    private static Dictionary<TopicPartition, GroupOffset> At(TopicPartition partition) => new() { [partition] = new(0, -1, "") };

    /// <summary>A member of a group of its own, which has a partition.</summary>
    private static async Task<(KafkaConsumer<string?, string?> Consumer, string Group)> JoinAsync(AdminBroker broker)
    {
        var (group, partition) = (broker.NewName(), await broker.NewTopicAsync(records: 1));
        var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig
            {
                BootstrapServers = broker.BootstrapServers,
                GroupId = group,
                AutoOffsetReset = AutoOffsetReset.Earliest,
                EnableAutoCommit = false,
            },
            Serdes.String,
            Serdes.String);
        consumer.Subscribe([partition.Topic]);
        Assert.Single(await consumer.PollAsync(TimeSpan.FromSeconds(30)));
        await consumer.CommitAsync();
        return (consumer, group);
    }
}
