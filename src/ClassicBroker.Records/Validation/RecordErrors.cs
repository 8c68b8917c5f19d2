using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>Collects the records of one append that must be refused; costs nothing while there are none.</summary>
internal struct RecordErrors
{
    /// <summary>More are counted but not described: the answer must not outgrow the question.</summary>
    private const int DescribedMax = 1000;

    private List<RecordError>? _errors;
    private bool _hasInvalidTimestamp;
    private bool _lacksKey;
    private int _count;

    public readonly bool IsEmpty => _count == 0;

    /// <summary>A record without key for a compacted topic.</summary>
    public void AddWithoutKey(int batchIndex, string message)
    {
        _lacksKey = true;
        Add(batchIndex, ErrorCode.InvalidRecord, message);
    }

    public void Add(int batchIndex, ErrorCode code, string message)
    {
        _hasInvalidTimestamp |= code == ErrorCode.InvalidTimestamp;
        if (++_count <= DescribedMax)
        {
            (_errors ??= []).Add(new RecordError(batchIndex, message));
        }
    }

    public readonly void ThrowIfAny()
    {
        if (IsEmpty)
        {
            return;
        }

        throw _hasInvalidTimestamp
            ? new RecordsRefusedException(
                ErrorCode.InvalidTimestamp, "One or more records have been rejected due to invalid timestamp", _errors)
            : new RecordsRefusedException(
                ErrorCode.InvalidRecord,
                $"One or more records have been rejected due to {_count} record errors in total, the first of which is: "
                + $"{_errors![0].Message}",
                _errors)
            {
                Fault = _lacksKey ? RecordFault.NoKey : RecordFault.Other,
            };
    }
}
