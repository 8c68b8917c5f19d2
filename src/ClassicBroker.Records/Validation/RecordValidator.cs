namespace ClassicBroker.Records;

/// <summary>
/// What a leader does with records before it appends them: checks them against the topic's configuration, numbers them from 0 and stamps
/// their timestamps. In place where format and codec may stay, which allocates nothing; else by rebuilding. Needs nothing of the log, so
/// that no lock of it is held meanwhile; <see cref="ValidatedRecords.At"/> gives the records their place.
/// Threading: any thread; the records belong to the caller.
/// </summary>
public static class RecordValidator
{
    /// <param name="set">The set as it came; stamped in place where possible, and changed even where it is then refused.</param>
    /// <param name="analysis">What <see cref="RecordSetAnalysis"/> found in it.</param>
    /// <param name="settings">The topic's configuration.</param>
    /// <param name="append">Where the records come from and where they go.</param>
    /// <exception cref="RecordsException">They are refused; the code says why.</exception>
    public static ValidatedRecords Validate(
        in RecordSet set, in RecordSetAnalysis analysis, RecordValidationSettings settings, in LeaderAppend append)
    {
        var records = set.Bytes[..analysis.ValidBytes];
        if (analysis.BatchCount == 0)
        {
            throw new InvalidRecordException("Record batch has no batches at all");
        }

        if (analysis.BatchCount > 1 && (analysis.Magic >= RecordFormat.MagicV2 || analysis.SourceCodec != CompressionCodec.None))
        {
            throw new InvalidRecordException("Compressed outer record has more than one batch");
        }

        var checks = new RecordChecks(settings, append, analysis.Magic);
        var target = TargetOf(set.First, analysis, settings);
        if (target.Codec == analysis.SourceCodec && analysis.Magic == settings.TargetMagic)
        {
            if (target.Codec == CompressionCodec.None)
            {
                if (InPlaceAppend.TryPlain(records, set.First, ref checks, out var plain))
                {
                    return plain;
                }
            }
            else if (analysis.Magic > RecordFormat.MagicV0
                && InPlaceAppend.TryCompressed(records, set.First, ref checks, out var compressed))
            {
                return compressed;
            }
        }

        return RebuiltAppend.Rebuild(records.Span, target, ref checks);
    }

    /// <summary>What the set shall be compressed with; control batches are never compressed.</summary>
    private static Compression TargetOf(in BatchHeader first, in RecordSetAnalysis analysis, RecordValidationSettings settings)
    {
        if (analysis.SourceCodec == CompressionCodec.None && first.IsControl)
        {
            return Compression.None;
        }

        return settings.TargetCompression ?? Compression.Of(analysis.SourceCodec);
    }
}
