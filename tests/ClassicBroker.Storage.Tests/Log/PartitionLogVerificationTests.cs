using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>A transaction begins in a log once its coordinator knows of it, and never again after its marker (KIP-890).</summary>
public sealed class PartitionLogVerificationTests
{
    private const long Producer = 7;

    private readonly StorageHarness _harness = new();

    [Fact]
    public void A_transaction_begins_with_a_verified_batch_and_goes_on_without()
    {
        var guard = Begin();
        Append(0, guard);
        Assert.Null(Begin(sequence: 1));
        Append(1, null);
        Assert.Equal(2, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void A_batch_that_was_not_verified_opens_no_transaction()
    {
        Assert.Equal(ErrorCode.InvalidTxnState, Refusal(0, null));
        Assert.Equal(0, _harness.Log.LogEndOffset);
    }

    [Theory]
    [InlineData(ControlRecordType.Commit)]
    [InlineData(ControlRecordType.Abort)]
    public void A_marker_makes_verifications_before_it_void(ControlRecordType type)
    {
        var guard = Begin();
        Append(0, guard);
        var second = Begin(epoch: 1);
        _harness.Log.AppendAsLeader(TestRecords.Marker(Producer, 0, type), new LeaderEpoch(0), AppendOrigin.Coordinator);

        Assert.Equal(ErrorCode.InvalidTxnState, Refusal(1, guard));
        Assert.Equal(ErrorCode.InvalidTxnState, Refusal(1, second));
        Assert.Equal(ErrorCode.InvalidTxnState, Refusal(1, null));
        Append(1, Begin(sequence: 1));
    }

    [Fact]
    public void A_guard_of_before_a_marker_is_void_though_nothing_was_open()
    {
        var guard = Begin();
        _harness.Log.AppendAsLeader(TestRecords.Marker(Producer, 0, ControlRecordType.Abort), new LeaderEpoch(0), AppendOrigin.Coordinator);

        Assert.Equal(ErrorCode.InvalidTxnState, Refusal(0, guard));
    }

    [Fact]
    public void Batches_that_wait_together_are_appended_in_their_order()
    {
        var first = Begin(sequence: 0);
        var second = Begin(sequence: 1);
        Assert.Same(first, second);

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(1, second));
        Append(0, first);
        Append(1, second);
    }

    [Fact]
    public void A_batch_sent_again_needs_no_verification()
    {
        Append(0, Begin());
        _harness.Log.AppendAsLeader(TestRecords.Marker(Producer, 0, ControlRecordType.Commit), new LeaderEpoch(0), AppendOrigin.Coordinator);

        Assert.True(AppendAsLeader(0, null).IsDuplicate);
    }

    [Fact]
    public void The_next_epoch_is_verified_though_the_transaction_of_the_last_is_open()
    {
        Append(0, Begin());
        Assert.NotNull(Begin(epoch: 1));
        Assert.Equal(
            ErrorCode.InvalidTxnState,
            Assert.ThrowsAny<RecordsException>(() => AppendAsLeader(0, null, epoch: 1)).Code);
    }

    private VerificationGuard? Begin(short epoch = 0, int sequence = 0) => _harness.Log.BeginVerification(Producer, epoch, sequence);

    private void Append(int sequence, VerificationGuard? guard) => AppendAsLeader(sequence, guard);

    private ErrorCode Refusal(int sequence, VerificationGuard? guard) =>
        Assert.ThrowsAny<RecordsException>(() => AppendAsLeader(sequence, guard)).Code;

    private LogAppend AppendAsLeader(int sequence, VerificationGuard? guard, short epoch = 0)
    {
        using var prepared = _harness.Log.Prepare(
            RecordSet.Open(TestRecords.From(Producer, epoch, sequence, isTransactional: true)), AppendOrigin.Client);
        return _harness.Log.AppendAsLeader(prepared, new LeaderEpoch(0), new AppendVerification(IsRequired: true, guard));
    }
}
