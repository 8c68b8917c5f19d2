namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>Records of one partition in the order of their offsets, as one poll brought them. Immutable.</summary>
internal sealed record StreamChunk(PartitionClaim Claim, IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> Records);
