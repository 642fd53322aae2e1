using System.ComponentModel.DataAnnotations;

namespace Personalization.Inference;

/// <summary>The inference engine of a silo; configuration section <see cref="Section"/>.</summary>
public sealed class InferenceOptions
{
    /// <summary>Where the options are bound from.</summary>
    public const string Section = "Personalization:Inference";

    /// <summary>
    /// Folder that holds <c>name/version</c> folders. A relative path is looked up in the working directory, then beside the program.
    /// </summary>
    /// <value>The default is <c>models/packages</c>.</value>
    [Required]
    public string PackagesPath { get; set; } = "models/packages";

    /// <summary>Name of the model to serve until the cluster chooses another.</summary>
    /// <value>The default is <c>online-retail</c>.</value>
    [Required]
    public string Model { get; set; } = "online-retail";

    /// <summary>Version of the model; null: what other silos serve, else the newest on this silo that loads.</summary>
    public string? Version { get; set; }

    /// <summary>
    /// A variant of the version, for instance <c>int8</c>: the package <c>version-variant</c> beside it is served in its place. Packages that are variants of
    /// another are never the newest version by themselves. Null: none.
    /// </summary>
    public string? Variant { get; set; }

    /// <summary>Where the model runs.</summary>
    /// <value>The default is <see cref="InferenceProvider.Cpu"/>.</value>
    [EnumDataType(typeof(InferenceProvider))]
    public InferenceProvider Provider { get; set; } = InferenceProvider.Cpu;

    /// <summary>Whether to run on the CPU, with a warning in the log, when <see cref="Provider"/> is not there; otherwise the start fails.</summary>
    /// <value>The default is false.</value>
    public bool AllowFallback { get; set; }

    /// <summary>Index of the CUDA device.</summary>
    /// <value>The default is 0.</value>
    [Range(0, 63)]
    public int DeviceId { get; set; }

    /// <summary>Most device memory the provider may take, bytes; 0: no limit.</summary>
    /// <value>The default is 0.</value>
    [Range(0L, long.MaxValue)]
    public long MemoryLimitBytes { get; set; }

    /// <summary>
    /// Whether TensorRT may compute in 16-bit floats: faster, and scores are rounded more. Only for <see cref="InferenceProvider.TensorRt"/>;
    /// on the other providers a package's own precision counts.
    /// </summary>
    /// <value>The default is false.</value>
    public bool HalfPrecision { get; set; }

    /// <summary>
    /// Whether a run is captured as a CUDA graph, one for each shape, and replayed: less work for the processor at each run. Rows are rounded up to powers of two.
    /// Needs <see cref="InferenceProvider.Cuda"/> (TensorRT keeps one graph for all shapes), one worker, and a graph all of whose operators run on the GPU; a
    /// package that cannot be captured is refused when it is loaded.
    /// </summary>
    /// <value>The default is false.</value>
    public bool CudaGraphs { get; set; }

    /// <summary>
    /// Folder where TensorRT keeps the engines it built, in a folder for each package, so that a restart does not build them again; null: a folder beside the
    /// system's temporary files.
    /// </summary>
    public string? TensorRtCachePath { get; set; }

    /// <summary>
    /// Most items that are scored exactly by a package with vectors (<c>scoring</c> is <c>vectors</c>). Above, all are scored with vectors rounded to 8 bits, and
    /// the best of them again exactly: a fraction of the memory to read, at a recall that <c>bench catalogue</c> prints.
    /// </summary>
    /// <value>The default is 100,000.</value>
    [Range(0, int.MaxValue)]
    public int ExactItems { get; set; } = 100_000;

    /// <summary>How many times as many items as asked for are scored again exactly when scores are rounded.</summary>
    /// <value>The default is 4.</value>
    [Range(1, 100)]
    public int OverFetch { get; set; } = 4;

    /// <summary>The least number of items that are scored again exactly when scores are rounded.</summary>
    /// <value>The default is 100.</value>
    [Range(1, 100_000)]
    public int LeastFetch { get; set; } = 100;

    /// <summary>
    /// How long a shopper's last run answers what other items are worth to the shopper (<c>rank</c>) and gives other shelves (more places, other filters; not with
    /// a model whose items are scored beside its graph), while there is no newer event; zero: never. Scores are the same bit for bit: as far as they depend
    /// on the time since the newest event, they do by its class, and another class asks for another run.
    /// </summary>
    /// <value>The default is 30 s.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ReuseFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Memory for shoppers' last runs of a model, bytes.</summary>
    /// <value>The default is 32 MiB.</value>
    [Range(0L, long.MaxValue)]
    public long ReuseBytes { get; set; } = 32L << 20;

    /// <summary>Threads that run the model, each with its own buffers; on a CPU no more than the cores left for it.</summary>
    /// <value>The default is 1.</value>
    [Range(1, 64)]
    public int Workers { get; set; } = 1;

    /// <summary>
    /// Niceness of these threads on Linux, from -20 to 19; 0: as all others. Everyone who asks waits for one of them, so where processors are short it gets the larger
    /// share of one. Below 0 it has to be allowed (root with the capability <c>SYS_NICE</c>, or a limit); else it stays at 0, and the log says so once for each model.
    /// </summary>
    /// <value>The default is -5: three times the share of another thread.</value>
    [Range(-20, 19)]
    public int Niceness { get; set; } = -5;

    /// <summary>Most requests in one run.</summary>
    /// <value>The default is 32.</value>
    [Range(1, 256)]
    public int MaxBatch { get; set; } = 32;

    /// <summary>
    /// How long a run may take as the cost model expects it; a run gets no more rows than that, at least one. Bounds how long an urgent
    /// request waits for one that runs already.
    /// </summary>
    /// <value>The default is 10 ms.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan LongestRun { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Most requests that wait, for each priority; what comes on top is answered as overloaded at once.</summary>
    /// <value>The default is 256.</value>
    [Range(1, 100_000)]
    public int QueueCapacity { get; set; } = 256;

    /// <summary>How often the silo asks which model the cluster wants (real time).</summary>
    /// <value>The default is 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan FollowInterval { get; set; } = TimeSpan.FromSeconds(5);
}
