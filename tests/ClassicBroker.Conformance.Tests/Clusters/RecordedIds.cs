using System.Buffers.Binary;
using System.Text;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// What a recorded Kafka called things, and what the replayed cluster calls them: producers, members, topics, brokers' registrations, fetch
/// sessions. A producer, member or session is bound when both have handed one out for the same request. Threading: one test.
/// </summary>
internal sealed class RecordedIds
{
    private const int MemberUuidLength = 36;
    private const int MagicOffset = 16;
    private const int CrcOffset = 17;
    private const int AttributesOffset = 21;
    private const int ProducerIdOffset = 43;
    private const int ProducerIdEnd = 51;
    private const int LengthOffset = 8;
    private const int BatchOverhead = 12;

    private readonly Dictionary<long, long> _producers = [];
    private readonly Dictionary<int, int> _sessions = [];
    private readonly List<(string Recorded, string Ours)> _members = [];

    /// <summary>The topics that recorded ids belong to.</summary>
    public Dictionary<Uuid, string> RecordedTopics { get; } = [];

    /// <summary>The ids of the replayed cluster's topics.</summary>
    public Func<string, Uuid?> OwnTopic { get; set; } = static _ => null;

    /// <summary>The epochs with which brokers were registered when it was recorded, and those they have in the replayed cluster.</summary>
    public Dictionary<int, (long Recorded, long Ours)> BrokerEpochs { get; } = [];

    /// <summary>The transactional ids that were replayed.</summary>
    public HashSet<string> TransactionalIds { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a producer of the recording was replayed.</summary>
    public bool IsKnown(long recordedProducer) => recordedProducer < 0 || _producers.ContainsKey(recordedProducer);

    public long Producer(long recorded) => _producers.GetValueOrDefault(recorded, recorded);

    /// <summary>Whether a producer of the replayed cluster belongs to one of the recording.</summary>
    public bool IsOwn(long producer) => producer < 0 || _producers.ContainsValue(producer);

    public string Text(string recorded) => _members.Aggregate(recorded, static (text, pair) => text.Replace(pair.Recorded, pair.Ours));

    public void Learn(IRequest request, IResponse recorded, IResponse ours)
    {
        switch (recorded, ours)
        {
            case (InitProducerIdResponse { ProducerId: >= 0 } kafkas, InitProducerIdResponse { ProducerId: >= 0 } own):
                _producers.TryAdd(kafkas.ProducerId, own.ProducerId);
                if (((InitProducerIdRequest)request).TransactionalId is { } id)
                {
                    TransactionalIds.Add(id);
                }

                break;
            case (JoinGroupResponse kafkas, JoinGroupResponse own)
                when kafkas.MemberId.Length > MemberUuidLength && own.MemberId.Length == kafkas.MemberId.Length
                    && !_members.Exists(pair => pair.Recorded == kafkas.MemberId):
                _members.Add((kafkas.MemberId, own.MemberId));
                break;
            case (FetchResponse { SessionId: not 0 } kafkas, FetchResponse { SessionId: not 0 } own):
                _sessions[kafkas.SessionId] = own.SessionId;
                break;
        }
    }

    /// <summary>Puts the cluster's ids in the place of the recorded ones.</summary>
    /// <param name="message">A request, or a part of one.</param>
    /// <param name="receiver">The broker that is asked.</param>
    public void Translate(object message, int receiver)
    {
        foreach (var field in MessageTree.Fields(message))
        {
            switch (field.GetValue(message))
            {
                case long producer when field.Name is "ProducerId" or "V3AndBelowProducerId":
                    field.SetValue(message, Producer(producer));
                    break;
                case long[] producers when field.Name == "ProducerIdFilters":
                    field.SetValue(message, producers.Select(Producer).ToArray());
                    break;
                case long epoch when field.Name is "BrokerEpoch" or "ReplicaEpoch" && epoch >= 0:
                    field.SetValue(message, BrokerEpoch(message, epoch, receiver));
                    break;
                case int session when field.Name == "SessionId":
                    field.SetValue(message, _sessions.GetValueOrDefault(session, session));
                    break;
                case Uuid id when RecordedTopics.TryGetValue(id, out var topic):
                    field.SetValue(message, OwnTopic(topic) ?? id);
                    break;
                case RecordsPayload records when !records.IsNull:
                    TranslateBatches(records.Memory.Span);
                    break;
                case Array array when array.GetType().GetElementType() is { IsClass: true } type && type != typeof(string):
                    array.Cast<object>().ToList().ForEach(element => Translate(element, receiver));
                    break;
                case IMessage structure:
                    Translate(structure, receiver);
                    break;
            }
        }
    }

    /// <summary>Member ids differ in nothing but their last part, so that a frame stays what it is.</summary>
    public byte[] TranslateMembers(byte[] frame)
    {
        if (_members.Count == 0)
        {
            return frame;
        }

        var text = Encoding.Latin1.GetString(frame);
        foreach (var (recorded, ours) in _members)
        {
            text = text.Replace(recorded[^MemberUuidLength..], ours[^MemberUuidLength..]);
        }

        return Encoding.Latin1.GetBytes(text);
    }

    /// <summary>The epoch of the broker that is named beside it, or of the one that is asked.</summary>
    private long BrokerEpoch(object message, long recorded, int receiver)
    {
        var named = (message.GetType().GetProperty("BrokerId") ?? message.GetType().GetProperty("ReplicaId"))?.GetValue(message) as int?;
        return BrokerEpochs.TryGetValue(named ?? receiver, out var epochs) ? epochs.Ours + recorded - epochs.Recorded : recorded;
    }

    /// <summary>Batches of format 2 name their producer, under their checksum.</summary>
    private void TranslateBatches(Span<byte> records)
    {
        while (records.Length >= ProducerIdEnd && records[MagicOffset] == 2)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(records[LengthOffset..]) + BatchOverhead;
            if (length < ProducerIdEnd || length > records.Length)
            {
                return;
            }

            var batch = records[..length];
            var producer = BinaryPrimitives.ReadInt64BigEndian(batch[ProducerIdOffset..]);
            if (Producer(producer) != producer)
            {
                BinaryPrimitives.WriteInt64BigEndian(batch[ProducerIdOffset..], Producer(producer));
                BinaryPrimitives.WriteUInt32BigEndian(batch[CrcOffset..], Crc32C.Compute(batch[AttributesOffset..]));
            }

            records = records[length..];
        }
    }
}
