namespace ClassicBroker.Client.Tests;

/// <summary>What a broker looks at in a batch of an idempotent producer.</summary>
internal readonly record struct RecordBatchHeaderView(long ProducerId, short Epoch, int BaseSequence, int Count);
