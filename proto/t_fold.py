import numpy as np, random, time, sys
from healthnews.duplicates import folded as F, shingles as H
import healthnews.duplicates.folded as M
import pyarrow.parquet as pq
texts=pq.read_table('/tmp/dup/g20k.parquet')['text'].to_pylist()
t=texts[:300]+["","a","ab","abc","2.5%","2 5%","1. 4%","\U00020000\U00020001字","1.2.3","第1-3条。","𝟙𝟚"]+["".join(random.choice("医保2.5%-~ ,。ＡaA\U00020003😀①") for _ in range(random.randrange(60))) for _ in range(3000)]
a=F.FoldedTexts(t); M.COMPILED_FROM=10**9; b=F.FoldedTexts(t)
n=a.ends[-1]
print((a.ends==b.ends).all(),(a.codes[:n]==b.codes).all(),(a.places[:n]==b.places).all())
l=np.random.randint(0,len(t),4000);r=np.random.randint(0,len(t),4000)
jb=b.jaccard(l,r); M.COMPILED_FROM=2000; ja=a.jaccard(l,r); print(np.abs(ja-jb).max())
s=time.process_time(); x=F.FoldedTexts(texts); print("fold us",(time.process_time()-s)/len(texts)*1e6); s=time.process_time(); x._sets(); print("sets us",(time.process_time()-s)/len(texts)*1e6)
