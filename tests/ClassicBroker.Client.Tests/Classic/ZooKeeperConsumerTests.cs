using ClassicBroker.Client.Classic;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>A group of 0.8 shares partitions out through ZooKeeper, and loses nothing while members, topics and brokers come and go.</summary>
public sealed class ZooKeeperConsumerTests
{
    private readonly ClassicCluster _cluster = new();

    private static string[] Expected(string topic, int partition, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(i => $"{topic}{partition}:{i}")];

    [Fact]
    public void A_member_registers_as_Kafka_0_8_does_owns_all_partitions_and_commits_what_it_read()
    {
        _cluster.AddTopic("t", 0, 0);
        _cluster.Append("t", 0, 0, 3);
        _cluster.Append("t", 1, 0, 2);
        var member = new ClassicMember(_cluster, "c").Start("t");

        Assert.Equal([.. Expected("t", 0, 0, 3), .. Expected("t", 1, 0, 2)], member.Values.Order());
        Assert.Equal("g_c", member.Consumer.ConsumerId);
        Assert.Equal(
            """{"version":1,"subscription":{"t":1},"pattern":"static","timestamp":"1767225600000"}""",
            _cluster.ZooKeeper.Text("/consumers/g/ids/g_c"));
        Assert.NotEqual(0, _cluster.ZooKeeper.Stat("/consumers/g/ids/g_c")!.Value.EphemeralOwner);
        Assert.Equal(("g_c-0", "g_c-0"), (_cluster.Owner("t", 0), _cluster.Owner("t", 1)));
        Assert.NotEqual(0, _cluster.ZooKeeper.Stat("/consumers/g/owners/t/0")!.Value.EphemeralOwner);
        Assert.Equal(("3", "2"), (_cluster.Offset("t", 0), _cluster.Offset("t", 1)));
        Assert.Equal(0, _cluster.ZooKeeper.Stat("/consumers/g/offsets/t/0")!.Value.EphemeralOwner);
    }

    [Fact]
    public void A_member_that_closes_leaves_its_partitions_and_offsets_to_the_others()
    {
        _cluster.AddTopic("t", 0, 0, 0);
        for (var partition = 0; partition < 3; partition++)
        {
            _cluster.Append("t", partition, 0, 2);
        }

        var first = new ClassicMember(_cluster, "a").Start("t");
        var second = new ClassicMember(_cluster, "b").Start("t");
        first.Advance();
        Assert.Equal(("t-0 t-1", "t-2"), (first.Owned, second.Owned));

        _cluster.Append("t", 0, 2, 2);
        second.Advance();
        first.Close();
        second.Advance();
        Assert.Equal("t-0 t-1 t-2", second.Owned);
        _cluster.Append("t", 0, 4, 1);
        second.Advance();
        Assert.Equal(["t0:4"], second.Values);
        Assert.Null(_cluster.ZooKeeper.Text("/consumers/g/ids/g_a"));
    }

    [Fact]
    public void What_a_killed_member_did_not_commit_is_read_by_the_next_owner()
    {
        _cluster.AddTopic("t", 0, 0);
        _cluster.Append("t", 0, 0, 2);
        var killed = new ClassicMember(_cluster, "a", ("auto.commit.enable", "false")).Start("t");
        var other = new ClassicMember(_cluster, "b").Start("t");
        killed.Advance();
        Assert.Equal(("t-0", "t-1"), (killed.Owned, other.Owned));
        killed.Commit();
        _cluster.Append("t", 0, 2, 2);
        killed.Advance();
        Assert.Equal(Expected("t", 0, 0, 4), killed.Values.TakeLast(4));

        killed.Kill();
        Assert.Equal("t-0 t-1", other.Owned);
        Assert.Equal(Expected("t", 0, 2, 2), other.Values);
        Assert.Equal("g_b-0", _cluster.Owner("t", 0));
    }

    [Fact]
    public void Partitions_that_a_topic_gets_are_shared_out()
    {
        _cluster.AddTopic("t", 0);
        var first = new ClassicMember(_cluster, "a").Start("t");
        var second = new ClassicMember(_cluster, "b").Start("t");
        first.Advance();
        Assert.Equal(("t-0", ""), (first.Owned, second.Owned));

        _cluster.Brokers.TopicOf("t").Grow(0);
        _cluster.Describe("t", 2);
        _cluster.Append("t", 1, 0, 1);
        first.Advance();
        Assert.Equal(("t-0", "t-1"), (first.Owned, second.Owned));
        Assert.Equal(["t1:0"], second.Values);
    }

    [Fact]
    public void A_topic_may_come_after_its_readers()
    {
        var member = new ClassicMember(_cluster, "a").Start("t");
        Assert.Equal("", member.Owned);
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 1);
        member.Advance();
        Assert.Equal(["t0:0"], member.Values);
    }

    [Fact]
    public void Brokers_may_come_after_the_consumer()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 1);
        _cluster.ZooKeeper.Remove("/brokers/ids/0");
        var member = new ClassicMember(_cluster, "a").Start("t");
        Assert.Equal("", member.Owned);
        _cluster.Register(0);
        member.Advance();
        Assert.Equal(["t0:0"], member.Values);
    }

    [Fact]
    public void A_filter_reads_the_topics_that_fit_and_those_that_come_later()
    {
        _cluster.AddTopic("orders", 0);
        _cluster.AddTopic("other", 0);
        _cluster.AddTopic("__consumer_offsets", 0);
        _cluster.Append("orders", 0, 0, 1);
        var member = new ClassicMember(_cluster, "a").Start(TopicFilter.Whitelist("orders.*, _.*"));
        Assert.Equal("orders-0", member.Owned);
        Assert.Equal(
            """{"version":1,"subscription":{"orders.*|_.*":1},"pattern":"white_list","timestamp":"1767225600000"}""",
            _cluster.ZooKeeper.Text("/consumers/g/ids/g_a"));

        _cluster.AddTopic("orders2", 0);
        _cluster.Append("orders2", 0, 0, 1);
        member.Advance();
        Assert.Equal(["orders0:0", "orders20:0"], member.Values);
        Assert.Equal("orders-0 orders2-0", member.Owned);
    }

    [Fact]
    public void A_blacklist_reads_all_other_topics()
    {
        _cluster.AddTopic("a", 0);
        _cluster.AddTopic("b", 0);
        var member = new ClassicMember(_cluster, "a", ("exclude.internal.topics", "false")).Start(TopicFilter.Blacklist("a"));
        Assert.Equal("b-0", member.Owned);
    }

    [Fact]
    public void Streams_of_a_member_share_its_partitions()
    {
        _cluster.AddTopic("t", 0, 0, 0);
        for (var partition = 0; partition < 3; partition++)
        {
            _cluster.Append("t", partition, 0, 1);
        }

        var member = new ClassicMember(_cluster, "a", ("num.consumer.fetchers", "2")).Start("t", streams: 2);
        Assert.Equal([(0, "t0:0"), (0, "t1:0"), (1, "t2:0")], member.Read.Order());
        Assert.Equal(("g_a-0", "g_a-0", "g_a-1"), (_cluster.Owner("t", 0), _cluster.Owner("t", 1), _cluster.Owner("t", 2)));
    }

    [Theory]
    [InlineData("smallest", "t0:0 t0:1")]
    [InlineData("largest", "t0:1")]
    public void Without_an_offset_a_group_begins_where_the_reset_says(string reset, string expected)
    {
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 1);
        var member = new ClassicMember(_cluster, "a", ("auto.offset.reset", reset)).Start("t");
        _cluster.Append("t", 0, 1, 1);
        member.Advance();
        Assert.Equal(expected, string.Join(' ', member.Values));
    }

    [Fact]
    public void A_group_that_began_at_the_end_goes_on_there_though_it_read_nothing()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 1);
        var first = new ClassicMember(_cluster, "a", ("auto.offset.reset", "largest")).Start("t");
        first.Close();
        Assert.Equal("1", _cluster.Offset("t", 0));
        _cluster.Append("t", 0, 1, 1);
        var second = new ClassicMember(_cluster, "b", ("auto.offset.reset", "largest")).Start("t");
        Assert.Equal(["t0:1"], second.Values);
    }

    [Theory]
    [InlineData("true", "4")]
    [InlineData("false", null)]
    public void Offsets_kept_in_Kafka_are_kept_in_ZooKeeper_too_where_both_are_committed(string dual, string? inZooKeeper)
    {
        var committed = _cluster.Coordinate();
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 4);
        new ClassicMember(_cluster, "a", ("offsets.storage", "kafka"), ("dual.commit.enabled", dual)).Start("t").Close();
        Assert.Equal(4, committed[new TopicPartition("t", 0)]);
        Assert.Equal(inZooKeeper, _cluster.Offset("t", 0));
    }

    [Theory]
    [InlineData(3, 2, "true", 3)]
    [InlineData(1, 2, "true", 2)]
    [InlineData(null, 2, "true", 2)]
    [InlineData(1, 2, "false", 1)]
    [InlineData(1, null, "true", 1)]
    public void Of_two_offsets_the_larger_counts_where_both_are_committed(int? inKafka, int? inZooKeeper, string dual, int first)
    {
        var committed = _cluster.Coordinate();
        if (inKafka is { } offset)
        {
            committed[new TopicPartition("t", 0)] = offset;
        }

        if (inZooKeeper is { } text)
        {
            _cluster.ZooKeeper.Put("/consumers/g/offsets/t/0", $"{text}");
        }

        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 4);
        var member = new ClassicMember(_cluster, "a", ("offsets.storage", "kafka"), ("dual.commit.enabled", dual)).Start("t");
        Assert.Equal(Expected("t", 0, first, 4 - first), member.Values);
    }

    [Fact]
    public void An_offset_that_is_no_number_counts_as_none()
    {
        _cluster.ZooKeeper.Put("/consumers/g/offsets/t/0", "many");
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 1);
        Assert.Equal(["t0:0"], new ClassicMember(_cluster, "a").Start("t").Values);
    }

    [Fact]
    public void Members_whose_registration_cannot_be_read_get_no_share()
    {
        _cluster.ZooKeeper.Put("/consumers/g/ids/broken", "{");
        _cluster.ZooKeeper.Put(
            "/consumers/g/ids/java", """{"version":1,"subscription":{"(?<name":1},"pattern":"white_list","timestamp":"1"}""");
        _cluster.AddTopic("t", 0);
        Assert.Equal("t-0", new ClassicMember(_cluster, "a").Start("t").Owned);
    }

    [Fact]
    public void Leaving_a_loop_and_entering_it_again_skips_no_message()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 5);
        var member = new ClassicMember(_cluster, "a").Start("t", reads: false);
        for (var i = 0; i < 3; i++)
        {
            member.Begin(member.Streams[0], count: 1);
            member.Advance(10);
            Assert.Equal(Expected("t", 0, 0, i + 1), member.Values);
            member.Commit();
            Assert.Equal($"{i + 1}", _cluster.Offset("t", 0));
        }
    }

    [Fact]
    public void A_stream_that_gets_nothing_times_out_and_can_be_read_on()
    {
        _cluster.AddTopic("t", 0);
        var member = new ClassicMember(_cluster, "a", ("consumer.timeout.ms", "500")).Start("t");
        Assert.IsType<ConsumerTimeoutException>(member.Failure);
        Assert.Equal("No message arrived within 500 ms, the value of consumer.timeout.ms", member.Failure.Message);
        _cluster.Append("t", 0, 0, 1);
        member.Begin(member.Streams[0]);
        member.Advance();
        Assert.Equal(["t0:0"], member.Values);
    }

    [Fact]
    public void A_stream_ends_when_its_consumer_closes()
    {
        _cluster.AddTopic("t", 0);
        var member = new ClassicMember(_cluster, "a").Start("t", reads: false);
        var ended = _cluster.Brokers.Loop.InvokeAsync(async () =>
        {
            await foreach (var message in member.Streams[0])
            {
                Assert.Fail(message.Value);
            }

            return true;
        });
        member.Advance();
        Assert.False(ended.IsCompleted);
        member.Close();
        Assert.True(_cluster.Brokers.Time.Await(ended));
    }

    [Fact]
    public void A_session_that_expires_is_followed_by_another_and_nothing_is_lost()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 2);
        var member = new ClassicMember(_cluster, "a").Start("t");
        member.Session.Expire();
        member.Advance();
        Assert.Equal("t-0", member.Owned);
        Assert.Equal("g_a-0", _cluster.Owner("t", 0));
        Assert.NotNull(_cluster.ZooKeeper.Text("/consumers/g/ids/g_a"));
        _cluster.Append("t", 0, 2, 2);
        member.Advance();
        Assert.Equal(Expected("t", 0, 0, 4), member.Values);
        Assert.Equal(["+t-0", "!t-0", "+t-0"], member.Heard);
    }

    [Fact]
    public void A_connection_that_comes_back_in_time_changes_nothing()
    {
        _cluster.AddTopic("t", 0);
        var member = new ClassicMember(_cluster, "a").Start("t");
        member.Session.Disconnect();
        _cluster.Append("t", 0, 0, 1);
        member.Advance();
        member.Session.Reconnect();
        member.Advance();
        Assert.Equal(["t0:0"], member.Values);
        Assert.Equal("1", _cluster.Offset("t", 0));
        Assert.Equal(["+t-0"], member.Heard);
    }

    [Fact]
    public void A_partition_that_another_member_does_not_give_up_ends_the_attempts()
    {
        _cluster.AddTopic("t", 0);
        _cluster.ZooKeeper.Put("/consumers/g/owners/t/0", "g_other-0");
        var member = new ClassicMember(_cluster, "a", ("rebalance.max.retries", "2"), ("rebalance.backoff.ms", "100"));
        var failure = Assert.Throws<ConsumerRebalanceFailedException>(() => member.Start("t"));
        Assert.Equal("g_a can't rebalance after 2 retries", failure.Message);
        Assert.True(failure.IsRetriable);
        member.Close();
        Assert.Equal("g_other-0", _cluster.Owner("t", 0));
        Assert.Null(_cluster.ZooKeeper.Text("/consumers/g/ids/g_a"));
    }

    [Fact]
    public void A_member_that_has_started_tries_on_until_the_partition_is_free()
    {
        _cluster.AddTopic("t", 0, 0);
        var member = new ClassicMember(_cluster, "a", ("rebalance.max.retries", "2"), ("rebalance.backoff.ms", "100")).Start("t");
        var foreign = _cluster.ZooKeeper.Connect(_cluster.Brokers.Loop);
        _cluster.ZooKeeper.Put("/consumers/g/owners/t/2", "g_other-0");
        _cluster.Brokers.TopicOf("t").Grow(0);
        _cluster.Describe("t", 3);
        member.Advance();
        Assert.Equal("", member.Owned);
        Assert.Null(_cluster.Owner("t", 0));
        _cluster.ZooKeeper.Remove("/consumers/g/owners/t/2");
        member.Advance();
        Assert.Equal("t-0 t-1 t-2", member.Owned);
        Assert.NotNull(foreign);
    }

    [Fact]
    public void A_consumer_id_in_use_is_told()
    {
        _cluster.AddTopic("t", 0);
        new ClassicMember(_cluster, "a").Start("t");
        var failure = Assert.Throws<KafkaException>(() => new ClassicMember(_cluster, "a").Start("t"));
        Assert.StartsWith("consumer.id g_a of group g is in use by another member", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Partitions_are_given_up_after_the_listener_has_committed()
    {
        _cluster.AddTopic("t", 0, 0);
        _cluster.Append("t", 1, 0, 3);
        var first = new ClassicMember(_cluster, "a", ("auto.commit.enable", "false")).Start("t");
        first.OnRevoked = async () => await first.Consumer.CommitOffsetsAsync();
        var second = new ClassicMember(_cluster, "b").Start("t");
        first.Advance();
        Assert.Equal(["+t-0,t-1", "-t-0,t-1", "+t-0"], first.Heard);
        Assert.Equal("3", _cluster.Offset("t", 1));
        Assert.Empty(second.Values);
    }

    [Fact]
    public void A_stream_that_is_not_read_does_not_hold_up_the_others()
    {
        _cluster.AddTopic("t", 0, 0);
        var member = new ClassicMember(_cluster, "a", ("queued.max.message.chunks", "1")).Start("t", streams: 2, reads: false);
        member.Begin(member.Streams[1], 1);
        for (var i = 0; i < 20; i++)
        {
            _cluster.Append("t", 0, i, 1);
            _cluster.Append("t", 1, i, 1);
            member.Advance(200);
        }

        Assert.Equal(Expected("t", 1, 0, 20), member.Values);
        member.Begin(member.Streams[0]);
        member.Advance();
        Assert.Equal(Expected("t", 0, 0, 20), member.Values.Skip(20));
    }

    [Fact]
    public void Failures_of_fetches_come_out_of_the_streams_and_a_new_loop_goes_on()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Log.FetchErrors[new TopicPartition("t", 0)] = ErrorCode.TopicAuthorizationFailed;
        var member = new ClassicMember(_cluster, "a").Start("t");
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, Assert.IsType<KafkaException>(member.Failure).Code);
        _cluster.Log.FetchErrors.Clear();
        _cluster.Append("t", 0, 0, 1);
        member.Advance();
        member.Begin(member.Streams[0]);
        member.Begin(member.Streams[0]);
        member.Advance();
        Assert.Equal(["t0:0"], member.Values);
    }

    [Fact]
    public void A_message_that_cannot_be_read_is_told_and_a_new_loop_goes_on_behind_it()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Log.Append(new TopicPartition("t", 0), "1", "x", "3");
        var session = _cluster.ZooKeeper.Connect(_cluster.Brokers.Loop);
        var consumer = new ZooKeeperConsumer<string?, int>(
            new ZooKeeperConsumerConfig { GroupId = "g", ZooKeeperConnect = "z", AutoOffsetReset = AutoOffsetReset.Earliest },
            Serdes.String,
            new Numbers(),
            _cluster.Brokers.Network,
            null,
            null,
            (_, _, _) => session);
        List<int> read = [];
        var done = _cluster.Brokers.Loop.InvokeAsync(async () =>
        {
            var stream = (await consumer.CreateMessageStreamsAsync(new Dictionary<string, int> { ["t"] = 1 }))["t"][0];
            var failure = await Assert.ThrowsAsync<RecordDeserializationException>(() => ReadAsync(stream, 3));
            Assert.Equal((new TopicPartition("t", 0), 1), (failure.TopicPartition, failure.Offset));
            Assert.Equal("x"u8.ToArray(), failure.Value!.Value.ToArray());
            await ReadAsync(stream, 1);
            return true;
        });
        _cluster.Brokers.Time.AdvanceMs(5000);
        Assert.True(_cluster.Brokers.Time.Await(done));
        Assert.Equal([1, 3], read);

        async Task ReadAsync(KafkaStream<string?, int> stream, int count)
        {
            await foreach (var message in stream)
            {
                read.Add(message.Value);
                if (--count == 0)
                {
                    return;
                }
            }
        }
    }

    [Fact]
    public void Cancellation_is_seen_between_two_messages()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Append("t", 0, 0, 3);
        var member = new ClassicMember(_cluster, "a").Start("t", reads: false);
        using var cancelled = new CancellationTokenSource();
        var reading = _cluster.Brokers.Loop.InvokeAsync(async () =>
        {
            await foreach (var message in member.Streams[0].WithCancellation(cancelled.Token))
            {
                Assert.Equal("t0:0", message.Value);
                cancelled.Cancel();
            }

            return true;
        });
        member.Advance();
        Assert.True(reading.IsCanceled || reading.Exception?.InnerException is OperationCanceledException);
        member.Begin(member.Streams[0]);
        member.Advance();
        Assert.Equal(Expected("t", 0, 1, 2), member.Values);
    }

    private sealed class Numbers : IDeserializer<int>
    {
        public int Deserialize(ReadOnlySpan<byte> data, bool isNull) => int.Parse(data, System.Globalization.CultureInfo.InvariantCulture);
    }
}
