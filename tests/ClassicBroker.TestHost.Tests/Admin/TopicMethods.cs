using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>Methods about topics, their records and their configs. Stateless.</summary>
internal static class TopicMethods
{
    private static readonly TopicPartition Somewhere = new("somewhere", 0);

    public static readonly Dictionary<string, AdminMethod> All = new()
    {
        [nameof(AdminClient.ListTopicsAsync)] = new(
            (admin, cancellation) => admin.ListTopicsAsync(cancellation: cancellation),
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                Assert.Contains(topic, (await broker.Admin.ListTopicsAsync()).Select(listed => listed.Name));
            },
            Wrong: null),
        [nameof(AdminClient.DescribeTopicsAsync)] = new(
            (admin, cancellation) => admin.DescribeTopicsAsync(cancellation: cancellation),
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                Assert.Equal([0], Assert.Single(Assert.Single(await broker.Admin.DescribeTopicsAsync([topic])).Partitions).Replicas);
            },
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                var described = await broker.Admin.DescribeTopicsAsync(["absent", topic]);
                Refused.With(ErrorCode.UnknownTopicOrPartition, described[0].Failure);
                Assert.Null(described[1].Failure);
            }),
        [nameof(AdminClient.CreateTopicsAsync)] = new(
            (admin, cancellation) => admin.CreateTopicsAsync([new NewTopic("t")], cancellation: cancellation),
            async broker => await broker.NewTopicAsync(),
            async broker =>
            {
                var known = (await broker.NewTopicAsync()).Topic;
                var made = broker.NewName();
                var results = await broker.Admin.CreateTopicsAsync(
                    [new NewTopic("no/name"), new NewTopic(known), new NewTopic(made), new NewTopic(broker.NewName()) { ReplicationFactor = 2 }]);
                Refused.With(ErrorCode.InvalidTopicException, results.Single(result => result.Name == "no/name").Failure);
                Refused.With(ErrorCode.TopicAlreadyExists, results.Single(result => result.Name == known).Failure);
                Refused.With(ErrorCode.InvalidReplicationFactor, results[3].Failure);
                Assert.Null(results.Single(result => result.Name == made).Failure);
            }),
        [nameof(AdminClient.DeleteTopicsAsync)] = new(
            (admin, cancellation) => admin.DeleteTopicsAsync(["t"], cancellation),
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                Assert.Null(Assert.Single(await broker.Admin.DeleteTopicsAsync([topic])).Failure);
                Assert.DoesNotContain(topic, (await broker.Admin.ListTopicsAsync()).Select(listed => listed.Name));
            },
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                var results = await broker.Admin.DeleteTopicsAsync(["absent", topic]);
                Refused.With(ErrorCode.UnknownTopicOrPartition, results.Single(result => result.Name == "absent").Failure);
                Assert.Null(results.Single(result => result.Name == topic).Failure);
            }),
        [nameof(AdminClient.CreatePartitionsAsync)] = new(
            (admin, cancellation) => admin.CreatePartitionsAsync("t", 2, cancellation: cancellation),
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                Assert.Null((await broker.Admin.CreatePartitionsAsync(topic, 3, [[0], [0]])).Failure);
                Assert.Equal(3, (await broker.Admin.DescribeTopicsAsync([topic]))[0].Partitions.Count);
            },
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                Refused.With(ErrorCode.InvalidPartitions, (await broker.Admin.CreatePartitionsAsync(topic, 1)).Failure);
                Refused.With(ErrorCode.InvalidReplicaAssignment, (await broker.Admin.CreatePartitionsAsync(topic, 2, [[7]])).Failure);
            }),
        [nameof(AdminClient.DescribeConfigsAsync)] = new(
            (admin, cancellation) => admin.DescribeConfigsAsync([ConfigResource.Topic("t")], cancellation: cancellation),
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                var described = await broker.Admin.DescribeConfigsAsync([ConfigResource.Topic(topic), ConfigResource.Broker(0)], includeSynonyms: true);
                Assert.Contains(described[0].Entries, entry => entry is { Name: "retention.ms", Value: "604800000" });
                Assert.Contains(described[0].Entries, entry => entry is { Name: "segment.bytes", Synonyms: [{ Name: "log.segment.bytes" }] });
                Assert.Contains(described[1].Entries, entry => entry is { Name: "broker.id", Value: "0", IsReadOnly: true });
            },
            async broker =>
            {
                var topic = (await broker.NewTopicAsync()).Topic;
                var described = await broker.Admin.DescribeConfigsAsync(
                    [ConfigResource.Broker(7), ConfigResource.Topic("absent"), ConfigResource.Topic(topic)]);
                Refused.ForAbsentBroker(described[0].Failure);
                Refused.With(ErrorCode.UnknownTopicOrPartition, described[1].Failure);
                Assert.NotEmpty(described[2].ThrowIfFailed().Entries);
            }),
        [nameof(AdminClient.IncrementalAlterConfigsAsync)] = new(
            (admin, cancellation) =>
                admin.IncrementalAlterConfigsAsync(ConfigResource.Topic("t"), [ConfigChange.Set("retention.ms", "1000")], cancellation: cancellation),
            async broker =>
            {
                var topic = ConfigResource.Topic((await broker.NewTopicAsync()).Topic);
                Assert.Null((await broker.Admin.IncrementalAlterConfigsAsync(topic, [ConfigChange.Set("retention.ms", "1000")])).Failure);
                Assert.Equal("1000", await RetentionAsync(broker, topic));
            },
            async broker =>
            {
                var topic = ConfigResource.Topic((await broker.NewTopicAsync()).Topic);
                ConfigChange[] changes = [ConfigChange.Set("retention.ms", "1000"), ConfigChange.Set("segment.bytes", "none")];
                Refused.With(ErrorCode.InvalidConfig, (await broker.Admin.IncrementalAlterConfigsAsync(topic, changes)).Failure);
                Assert.Equal("604800000", await RetentionAsync(broker, topic));
            }),
        [nameof(AdminClient.AlterConfigsAsync)] = new(
            (admin, cancellation) =>
                admin.AlterConfigsAsync(ConfigResource.Topic("t"), new Dictionary<string, string>(), cancellation: cancellation),
            async broker =>
            {
                var topic = ConfigResource.Topic((await broker.NewTopicAsync()).Topic);
                var configs = new Dictionary<string, string> { ["retention.ms"] = "2000" };
                Assert.Null((await broker.Admin.AlterConfigsAsync(topic, configs, validateOnly: true)).Failure);
                Assert.Equal("604800000", await RetentionAsync(broker, topic));
                Assert.Null((await broker.Admin.AlterConfigsAsync(topic, configs)).Failure);
                Assert.Equal("2000", await RetentionAsync(broker, topic));
            },
            async broker =>
            {
                var topic = ConfigResource.Topic((await broker.NewTopicAsync()).Topic);
                var configs = new Dictionary<string, string> { ["retention.ms"] = "soon" };
                Refused.With(ErrorCode.InvalidConfig, (await broker.Admin.AlterConfigsAsync(topic, configs)).Failure);
            }),
        [nameof(AdminClient.DeleteRecordsAsync)] = new(
            (admin, cancellation) => admin.DeleteRecordsAsync(At(Somewhere, 0), cancellation),
            async broker =>
            {
                var deleted = Assert.Single(await broker.Admin.DeleteRecordsAsync(At(await broker.NewTopicAsync(records: 2), 1)));
                Assert.Equal((1, null), (deleted.LowWatermark, deleted.Failure));
            },
            async broker =>
            {
                var (overrun, other) = (await broker.NewTopicAsync(records: 1), await broker.NewTopicAsync(records: 1));
                var deleted = await broker.Admin.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [overrun] = 9, [other] = -1 });
                Refused.With(ErrorCode.OffsetOutOfRange, deleted.Single(result => result.Partition == overrun).Failure);
                Assert.Equal(1, deleted.Single(result => result.Partition == other).LowWatermark);
            }),
        [nameof(AdminClient.ListOffsetsAsync)] = new(
            (admin, cancellation) => admin.ListOffsetsAsync(At(Somewhere, -1), cancellation: cancellation),
            async broker =>
            {
                var partition = await broker.NewTopicAsync(records: 3);
                Assert.Equal(3, (await broker.Admin.ListOffsetsAsync(At(partition, -1)))[partition].ThrowIfFailed().Offset);
            },
            async broker =>
            {
                var (unusable, usable) = (new TopicPartition("no/name", 0), await broker.NewTopicAsync(records: 2));
                var listed = await broker.Admin.ListOffsetsAsync(new Dictionary<TopicPartition, long> { [unusable] = -1, [usable] = -1 });
                Refused.With(ErrorCode.InvalidTopicException, listed[unusable].Failure);
                Assert.Equal(unusable, listed[unusable].Failure!.TopicPartition);
                Assert.Equal(2, listed[usable].ThrowIfFailed().Offset);
            }),
        [nameof(AdminClient.ReadReplicasAsync)] = new(
            (admin, cancellation) => admin.ReadReplicasAsync(0, At(Somewhere, 0), 1000, TimeSpan.Zero, cancellation),
            async broker =>
            {
                var partition = await broker.NewTopicAsync(records: 1);
                var read = (await broker.Admin.ReadReplicasAsync(0, At(partition, 0), 1000, TimeSpan.Zero))[partition];
                Assert.Equal((null, 1), (read.Failure, read.HighWatermark));
                Assert.False(read.Batches.IsEmpty);
            },
            async broker =>
            {
                var partition = await broker.NewTopicAsync();
                Refused.With(
                    ErrorCode.OffsetOutOfRange, (await broker.Admin.ReadReplicasAsync(0, At(partition, 9), 1000, TimeSpan.Zero))[partition].Failure);
            }),
    };

    private static Dictionary<TopicPartition, long> At(TopicPartition partition, long offset) => new() { [partition] = offset };

    private static async Task<string?> RetentionAsync(AdminBroker broker, ConfigResource topic) =>
        (await broker.Admin.DescribeConfigsAsync([topic]))[0].Entries.Single(entry => entry.Name == "retention.ms").Value;
}
