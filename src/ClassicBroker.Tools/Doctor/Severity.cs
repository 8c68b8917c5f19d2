namespace ClassicBroker.Tools.Doctor;

/// <summary>How bad a finding is. The worst of a run is its exit code.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Good = 0,

    /// <summary>Works, and will not for long, or not for everyone.</summary>
    Warning = 1,

    /// <summary>Does not work, or loses data at the next failure.</summary>
    Critical = 2,
}
