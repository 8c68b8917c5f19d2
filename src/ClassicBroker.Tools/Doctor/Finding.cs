namespace ClassicBroker.Tools.Doctor;

/// <summary>What a check saw. Immutable.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Subject">What was looked at: a listener, a disk, a partition.</param>
/// <param name="Text">What was seen, a sentence.</param>
/// <param name="Cure">What to do about it; null where nothing is wrong.</param>
internal sealed record Finding(Severity Severity, string Subject, string Text, string? Cure = null)
{
    public static Finding Good(string subject, string text) => new(Severity.Good, subject, text);

    public static Finding Warning(string subject, string text, string cure) => new(Severity.Warning, subject, text, cure);

    public static Finding Critical(string subject, string text, string cure) => new(Severity.Critical, subject, text, cure);
}
