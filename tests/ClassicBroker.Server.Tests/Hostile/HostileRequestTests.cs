using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>
/// Every API at its lowest and highest version, its request cut and bent at every byte, against a whole broker: whatever comes of a
/// request, its sender gets a well-formed answer or loses its connection, and no other client is affected.
/// </summary>
public sealed class HostileRequestTests
{
    private const int FlipRounds = 150;
    private const int LongestVarint = 5;
    private const int FixedHeaderLength = 8;

    /// <summary>APIs with which a peer that is let in may rule the broker, so that topics need not outlive them.</summary>
    private static readonly ApiKey[] Ruling =
        [ApiKey.LeaderAndIsr, ApiKey.StopReplica, ApiKey.UpdateMetadata, ApiKey.ControlledShutdown];

    public static TheoryData<string> Apis => [.. ApiCatalog.All.Select(api => api.Name)];

    [Theory]
    [MemberData(nameof(Apis))]
    public void Requests_cut_at_any_byte_close_their_connection(string name) =>
        Besiege(name, (peer, content, bodyStart) =>
        {
            for (var length = 0; length < content.Length; length++)
            {
                peer.Send(content[..length], $"cut to {length} of {content.Length} bytes");
            }

            Assert.Equal((0, content.Length), (peer.Answered, peer.Closed));
        });

    [Theory]
    [MemberData(nameof(Apis))]
    public void Lengths_that_lie_anywhere_are_survived(string name) =>
        Besiege(name, (peer, content, bodyStart) =>
        {
            for (var position = Math.Max(bodyStart - 1, FixedHeaderLength); position < content.Length; position++)
            {
                foreach (var (lie, bytes) in Lies(content.Length - position))
                {
                    peer.Send(Overwrite(content, position, bytes), $"{lie} at {position}");
                }

                peer.Send(
                    [.. content[..position], 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, .. content[(position + 1)..]], $"2^32-1 as varint at {position}");
            }
        });

    [Theory]
    [MemberData(nameof(Apis))]
    public void Random_flips_are_survived(string name)
    {
        var random = new Random(17);
        Besiege(name, (peer, content, bodyStart) =>
        {
            for (var round = 0; round < FlipRounds && bodyStart < content.Length; round++)
            {
                var bent = (byte[])content.Clone();
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                {
                    bent[random.Next(bodyStart, bent.Length)] ^= (byte)(1 << random.Next(8));
                }

                peer.Send(bent, $"flips of round {round}");
            }
        });
    }

    [Fact]
    public void Versions_outside_the_range_close_the_connection_but_of_ApiVersions()
    {
        var broker = new InProcessBroker();
        foreach (var api in ApiCatalog.All)
        {
            foreach (var version in new[] { short.MinValue, -1, api.MinVersion - 1, api.MaxVersion + 1, short.MaxValue })
            {
                var client = broker.Connect();
                client.SendFrame(HeaderOf(api, (short)version));
                if (api.Key == ApiKey.ApiVersions)
                {
                    Assert.Equal((short)ErrorCode.UnsupportedVersion, BinaryPrimitives.ReadInt16BigEndian(client.TakeFrame().AsSpan(4)));
                    Assert.True(client.IsOpen);
                }
                else
                {
                    Assert.Null(client.TakeFrame());
                    Assert.False(client.IsOpen, $"{api} version {version}");
                }
            }
        }
    }

    [Fact]
    public void A_request_of_many_names_takes_time_in_proportion()
    {
        // Anything quadratic in the names of a request would take minutes here.
        const int Topics = 20_000;
        var broker = new InProcessBroker();
        var client = broker.Connect();
        var topics = client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new()
            {
                Topics =
                [
                    .. Enumerable.Range(0, Topics).Select(i => new CreateTopicsRequest.CreatableTopic
                    {
                        Name = $"..{i}/", NumPartitions = 1, ReplicationFactor = 1,
                    })
                ],
            },
            2);
        Assert.Equal(Topics, topics.Topics.Count(topic => topic.ErrorCode == ErrorCode.InvalidTopicException));
        var partitions = client.Ask<CreatePartitionsRequest, CreatePartitionsResponse>(
            new()
            {
                Topics =
                [
                    .. Enumerable.Range(0, Topics).Select(i => new CreatePartitionsRequest.CreatePartitionsTopic
                    {
                        Name = $"none-{i}", Count = 2,
                    })
                ],
            },
            1);
        Assert.Equal(Topics, partitions.Results.Count(topic => topic.ErrorCode == ErrorCode.UnknownTopicOrPartition));
    }

    /// <summary>Runs an attack with a request of the API's lowest and highest version, each on a broker of its own, with a bystander.</summary>
    private static void Besiege(string name, Action<HostilePeer, byte[], int> attack)
    {
        var api = ApiCatalog.All.Single(api => api.Name == name);
        foreach (var version in new[] { api.MinVersion, api.MaxVersion }.Distinct())
        {
            // FindCoordinator makes these topics; partitions, and the buffer that loads them, take their memory.
            var broker = new InProcessBroker(
                "offsets.topic.num.partitions=1", "offsets.load.buffer.size=65536", "transaction.state.log.num.partitions=1");
            var bystander = broker.Connect();
            bystander.CreateTopic("bystander");
            bystander.CreateTopic("hostile", 2);
            var peer = new HostilePeer(broker, api, version);
            var content = peer.Encode(SampleRequest.Of(api, version, "hostile"), out var bodyStart);
            attack(peer, content, bodyStart);
            AssertServed(bystander, api);
        }
    }

    private static void AssertServed(BrokerClient bystander, ApiDescriptor api)
    {
        Assert.True(bystander.IsOpen);
        Assert.NotNull(bystander.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 9));
        if (!Ruling.Contains(api.Key))
        {
            Assert.Equal(ErrorCode.None, bystander.Produce("bystander", 0, -1, "still here").ErrorCode);
            Assert.Equal(
                ["still here"], BrokerClient.Values(bystander.Fetch("bystander", 0, 0).Responses[0].Partitions[0].Records));
        }
    }

    private static IEnumerable<(string Lie, byte[] Bytes)> Lies(int remaining)
    {
        yield return ("-2 in four bytes", [0xFF, 0xFF, 0xFF, 0xFE]);
        yield return ("2^31-1", [0x7F, 0xFF, 0xFF, 0xFF]);
        yield return ("more than is left", [0, 0, (byte)((remaining + 1) >> 8), (byte)(remaining + 1)]);
        yield return ("-2 in two bytes", [0xFF, 0xFE]);
        yield return ("2^15-1", [0x7F, 0xFF]);
        yield return ("null or nothing", [0x00]);
        yield return ("127", [0x7F]);
    }

    private static byte[] Overwrite(byte[] content, int position, byte[] bytes)
    {
        var bent = (byte[])content.Clone();
        bytes.AsSpan(0, Math.Min(bytes.Length, bent.Length - position)).CopyTo(bent.AsSpan(position));
        return bent;
    }

    /// <summary>Key, version, correlation id, a null client id and no tags, whatever header the version would have.</summary>
    private static byte[] HeaderOf(ApiDescriptor api, short version)
    {
        var header = new byte[11 + LongestVarint];
        BinaryPrimitives.WriteInt16BigEndian(header, (short)api.Key);
        BinaryPrimitives.WriteInt16BigEndian(header.AsSpan(2), version);
        BinaryPrimitives.WriteInt16BigEndian(header.AsSpan(8), -1);
        return header;
    }
}
