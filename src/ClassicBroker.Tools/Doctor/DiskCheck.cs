using ClassicBroker.Client;

namespace ClassicBroker.Tools.Doctor;

/// <summary>Log directories that failed, and volumes that fill up. Stateless.</summary>
internal static class DiskCheck
{
    private const double CriticalShare = 0.05;
    private const double WarningShare = 0.15;
    private const double Gibibyte = 1L << 30;

    public static async Task<IReadOnlyList<Finding>> RunAsync(Patient patient)
    {
        var directories = await patient.Admin.DescribeLogDirsAsync([.. patient.Cluster.Nodes.Select(node => node.Id)]);
        return [.. directories.SelectMany(Judge)];
    }

    /// <summary>What the free share of a volume means; good where its size is not known.</summary>
    internal static Finding JudgeSpace(string subject, long totalBytes, long usableBytes)
    {
        if (totalBytes <= 0)
        {
            return Finding.Good(subject, "It is online.");
        }

        var share = (double)usableBytes / totalBytes;
        var text = FormattableString.Invariant(
            $"{usableBytes / Gibibyte:0.0} of {totalBytes / Gibibyte:0.0} GiB are free ({share * 100:0} %).");
        const string Cure = "Lower retention.ms or retention.bytes of large topics, move replicas away, or grow the volume.";
        return share < CriticalShare ? Finding.Critical(subject, text, Cure)
            : share < WarningShare ? Finding.Warning(subject, text, Cure)
            : Finding.Good(subject, text);
    }

    private static IEnumerable<Finding> Judge(BrokerLogDirs broker) => broker.Failure is { } failure
        ? [Finding.Warning($"broker {broker.BrokerId}", $"It does not tell of its disks: {failure.Message}", "Look at its server.log.")]
        : broker.Directories.Select(Judge);

    private static Finding Judge(LogDirDescription directory)
    {
        var subject = $"broker {directory.BrokerId} {directory.Path}";
        return directory.Failure is null
            ? JudgeSpace(subject, directory.TotalBytes, directory.UsableBytes)
            : Finding.Critical(
                subject,
                $"It is offline: {directory.Failure.Code}.",
                "Look at server.log for the error of the disk, mend it, and restart the broker.");
    }
}
